//go:build !xnet

package main

import (
	"errors"
	"net/http"
)

func newPriorKnowledgeTransport() (http.RoundTripper, error) {
	return nil, errors.New("built without golang.org/x/net/http2: HTTP/2 is over TLS only")
}
