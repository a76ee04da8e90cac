package server

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/keytab"

	"paddock/config"
	"paddock/sasl"
)

func TestTheKeytabIsReadAgainFromTimeToTime(t *testing.T) {
	keys := keytab.New()
	if err := keys.AddEntry("zookeeper/host", "EXAMPLE.COM", "key", time.Unix(1e9, 0), 1, etypeID.AES256_CTS_HMAC_SHA1_96); err != nil {
		t.Fatal(err)
	}
	text, err := keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	module := sasl.Module{Class: "com.sun.security.auth.module.Krb5LoginModule", Options: map[string]string{
		"useKeyTab": "true", "storeKey": "true", "keyTab": "/keytab", "principal": "zookeeper/host@EXAMPLE.COM",
	}}
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		service, err := sasl.New(sasl.Config{Section: "Server", JAAS: sasl.JAAS{"Server": {module}}, ReadFile: func(string) ([]byte, error) {
			if reads++; reads == 3 {
				return nil, errors.New("gone for a moment")
			}
			return text, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		var said strings.Builder
		over := make(chan struct{})
		go func() {
			reloadKeytab(ctx, &config.SASL{Service: service, ReloadInterval: time.Minute}, slog.New(slog.NewTextHandler(&said, nil)))
			close(over)
		}()
		time.Sleep(3*time.Minute + time.Second)
		synctest.Wait()
		end()
		<-over
		if reads != 4 || strings.Count(said.String(), "gone for a moment") != 1 {
			t.Errorf("%d reads, log:\n%s", reads, said.String())
		}
	})
	reloadKeytab(t.Context(), &config.SASL{}, nil) // without a keytab it does not wait for anything
}
