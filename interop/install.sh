#!/bin/sh
# Fetches and builds everything that the interop tests run against: Apache ZooKeeper (server, Java client, zkCli),
# kazoo for Python, Debian's C client library, a browser and what drives it, and our small test programs in clients/.
# Safe to run again at any time, and quick when nothing changed. Any failure ends it with a non-zero status.
# shellcheck disable=SC3013 # test -nt is not in POSIX, but in every sh of Debian
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${PADDOCK_TEST_CACHE:-$(dirname "$here")/.cache}
kazoo=2.11.0
playwright=1.65.1
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
[ -f "$cache/.gitignore" ] || echo "*" >"$cache/.gitignore"

say() { echo "interop/install: $*"; }
need() { command -v "$1" >/dev/null 2>&1 || { say "$1 is missing: please install it ($2)" >&2; exit 1; }; }
root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# What comes with the system. Only Debian and its children are served here.
missing=
wants() { dpkg -s "$1" 2>/dev/null | grep -qx 'Status: install ok installed' || missing="$missing $1"; }
wants libzookeeper-mt-dev
wants libc6-dev
wants shellcheck
command -v gcc >/dev/null 2>&1 || wants gcc
{ command -v java && command -v javac; } >/dev/null 2>&1 || wants default-jdk-headless
command -v mvn >/dev/null 2>&1 || wants maven
command -v chromium >/dev/null 2>&1 || wants chromium
{ command -v node && command -v npm; } >/dev/null 2>&1 || wants npm
python3 -m pip --version >/dev/null 2>&1 || wants python3-pip
if [ -n "$missing" ]; then
    say "installing$missing"
    root apt-get update -q
    # shellcheck disable=SC2086 # the list is split on purpose
    root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
fi
need javac "a JDK of release 11 or newer"
need mvn "Apache Maven"

# Apache ZooKeeper. The stamp is a copy of the pom that was fetched, so a changed pom fetches again.
if ! cmp -s "$here/pom.xml" "$cache/apache/pom.xml"; then
    say "fetching Apache ZooKeeper by Maven"
    rm -rf "$cache/apache"
    mkdir -p "$cache/apache/target"
    mvn -q -B -Dstyle.color=never -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$cache/apache/lib" </dev/null
    ls "$cache"/apache/lib/zookeeper-3.*.jar >/dev/null
    cp "$here/pom.xml" "$cache/apache/pom.xml"
fi

# An older release, which must open what we leave behind.
old=3.8.6
if [ ! -f "$cache/apache-$old/lib/zookeeper-$old.jar" ]; then
    say "fetching Apache ZooKeeper $old by Maven"
    rm -rf "$cache/apache-$old" "$cache/fetching-$old"
    mvn -q -B -Dstyle.color=never -f "$here/pom.xml" -Pold "-Dzookeeper.version=$old" dependency:copy-dependencies \
        -DoutputDirectory="$cache/fetching-$old/lib" </dev/null
    mv "$cache/fetching-$old" "$cache/apache-$old"
fi

# Debian's own build of an older release, unpacked and not installed: from it people move to Paddock, and back.
if [ ! -f "$cache/debian/usr/share/java/zookeeper.jar" ]; then
    say "fetching Debian's ZooKeeper by apt"
    debs="libzookeeper-java libslf4j-java libnetty-java libdropwizard-metrics-java libsnappy-java libcommons-cli-java"
    rm -rf "$cache/debian" "$cache/fetching-debian"
    mkdir -p "$cache/fetching-debian"
    # shellcheck disable=SC2086 # the list is split on purpose
    fetch() { (cd "$cache/fetching-debian" && apt-get download -q $debs); }
    fetch || { root apt-get update -q && fetch; }
    for deb in "$cache"/fetching-debian/*.deb; do
        dpkg-deb -x "$deb" "$cache/fetching-debian"
        rm "$deb"
    done
    mv "$cache/fetching-debian" "$cache/debian"
fi

if [ ! -f "$cache/python/kazoo-$kazoo.ok" ]; then
    say "fetching kazoo $kazoo by pip"
    rm -rf "$cache/python"
    PIP_ROOT_USER_ACTION=ignore python3 -m pip install -q --disable-pip-version-check --target "$cache/python" "kazoo==$kazoo"
    PYTHONPATH="$cache/python" python3 -c 'import kazoo.client'
    : >"$cache/python/kazoo-$kazoo.ok"
fi

# SASL for kazoo.
puresasl=0.6.2
if [ ! -f "$cache/python/pure-sasl-$puresasl.ok" ]; then
    say "fetching pure-sasl $puresasl by pip"
    PIP_ROOT_USER_ACTION=ignore python3 -m pip install -q --disable-pip-version-check --target "$cache/python" "pure-sasl==$puresasl"
    PYTHONPATH="$cache/python" python3 -c 'import puresasl.client'
    : >"$cache/python/pure-sasl-$puresasl.ok"
fi

# Apache Kerby, the Kerberos server of the tests.
if ! cmp -s "$here/kerby.xml" "$cache/kerby/pom.xml"; then
    say "fetching Apache Kerby by Maven"
    rm -rf "$cache/kerby"
    mkdir -p "$cache/kerby"
    mvn -q -B -Dstyle.color=never -f "$here/kerby.xml" dependency:copy-dependencies -DoutputDirectory="$cache/kerby/lib" </dev/null
    ls "$cache"/kerby/lib/kerb-simplekdc-*.jar >/dev/null
    cp "$here/kerby.xml" "$cache/kerby/pom.xml"
fi

# What drives the browser that looks at the console.
if [ ! -f "$cache/node/playwright-core-$playwright.ok" ]; then
    say "fetching playwright-core $playwright by npm"
    rm -rf "$cache/node"
    mkdir -p "$cache/node"
    npm install --silent --no-audit --no-fund --no-save --prefix "$cache/node" "playwright-core@$playwright"
    : >"$cache/node/playwright-core-$playwright.ok"
fi

# Our own programs: rebuilt when the source is newer than the result.
built="$cache/bin/session-java/Session.class"
if [ ! -f "$built" ] || [ "$here/clients/java/Session.java" -nt "$built" ] || [ "$cache/apache/pom.xml" -nt "$built" ]; then
    say "compiling clients/java"
    mkdir -p "$cache/bin/session-java"
    javac -Xlint:deprecation,unchecked -Werror -cp "$cache/apache/lib/*" -d "$cache/bin/session-java" "$here/clients/java/Session.java"
    touch "$built"
fi
for class in Sasl:apache Kdc:kerby Mutual:kerby; do
    name=${class%:*} jars=${class#*:}
    built="$cache/bin/sasl-java/$name.class"
    if [ ! -f "$built" ] || [ "$here/clients/java/$name.java" -nt "$built" ] || [ "$cache/$jars/pom.xml" -nt "$built" ]; then
        say "compiling clients/java/$name.java"
        mkdir -p "$cache/bin/sasl-java"
        javac -Xlint:deprecation,unchecked -Werror -cp "$cache/$jars/lib/*" -d "$cache/bin/sasl-java" "$here/clients/java/$name.java"
        touch "$built"
    fi
done
built="$cache/bin/session-c"
if [ ! -f "$built" ] || [ "$here/clients/c/session.c" -nt "$built" ]; then
    say "compiling clients/c"
    gcc -std=c11 -D_GNU_SOURCE -DTHREADED -Wall -Wextra -Werror -O1 -o "$built" "$here/clients/c/session.c" -lzookeeper_mt -lpthread
fi
say "ready in $cache"
