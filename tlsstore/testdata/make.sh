#!/bin/sh
# Made the stores in this folder, with keytool of OpenJDK 17 and OpenSSL 3.0. They are captured: never made anew by our code.
# All passwords are "secret"; the certificates are good for a hundred years.
set -eu
cd "$(dirname "$0")"
gen() { keytool -genkeypair -alias "$1" -keyalg "$2" -dname "CN=$1,O=Paddock" -ext "$5" -validity 36500 -keystore "$3" -storetype "$4" -storepass secret -keypass secret; }
gen ca RSA ca.jks JKS bc:c
keytool -exportcert -rfc -alias ca -keystore ca.jks -storepass secret >ca.pem
sign() { # alias, store
    keytool -certreq -alias "$1" -keystore "$2" -storepass secret | keytool -gencert -alias ca -keystore ca.jks -storepass secret \
        -ext san=dns:localhost,ip:127.0.0.1 -validity 36500 -rfc >"$1.crt"
    keytool -importcert -noprompt -alias ca -file ca.pem -keystore "$2" -storepass secret
    keytool -importcert -noprompt -alias "$1" -file "$1.crt" -keystore "$2" -storepass secret
}
gen server RSA server.jks JKS ku=dig && sign server server.jks
gen client EC client.p12 PKCS12 ku=dig && sign client client.p12
keytool -importkeystore -srckeystore client.p12 -srcstorepass secret -destkeystore modern.jks -deststoretype PKCS12 -deststorepass secret
keytool -importcert -noprompt -alias ca -file ca.pem -keystore trust.jks -storetype JKS -storepass secret
keytool -importcert -noprompt -alias ca -file ca.pem -keystore trust.p12 -storetype PKCS12 -storepass secret
openssl pkcs12 -in client.p12 -passin pass:secret -nodes -nocerts | openssl pkcs8 -topk8 -nocrypt >plain.key
cat plain.key client.crt ca.pem >plain.pem
{ openssl pkcs8 -topk8 -in plain.key -passout pass:secret -v2 aes-256-cbc; cat ca.pem client.crt; } >encrypted.pem
{ openssl ec -in plain.key; cat client.crt; } >old.pem
openssl pkcs12 -export -in plain.pem -passout pass:secret -out openssl.p12
openssl pkcs12 -export -nokeys -in ca.pem -passout pass:secret -out untrusted.p12
rm plain.key client.crt server.crt
