package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// newHTTP2Transport is net/http's own over TLS. Without it that does not speak HTTP/2, and golang.org/x/net/http2 does, where it is there.
func newHTTP2Transport(url string, trust *tls.Config) (http.RoundTripper, error) {
	if strings.HasPrefix(url, "http:") {
		return newPriorKnowledgeTransport()
	}
	return &http.Transport{ForceAttemptHTTP2: true, DisableCompression: true, TLSClientConfig: trust}, nil
}

// getFrom is exchangeText from a URL whose origin may be another one.
func (c *client) getFrom(url string) error {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return err
	}
	response, err := c.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return c.check(response.StatusCode, int64(len(text)))
}

// idleOrigins opens a connection to each and leaves it idle, and says what those take that come after the first ones, as held-memory.ts does.
func (c *client) idleOrigins(urls []string, before int) (report, error) {
	if err := c.getFrom(c.URL); err != nil {
		return nil, err
	}
	if err := c.getFromEach(urls[:before]); err != nil {
		return nil, err
	}
	beforeBytes, err := settledRss()
	if err != nil {
		return nil, err
	}
	if err := c.getFromEach(urls[before:]); err != nil {
		return nil, err
	}
	heldBytes, err := settledRss()
	return report{"kind": "held", "beforeBytes": beforeBytes, "heldBytes": heldBytes}, err
}

// getFromEach does a hundred at a time.
func (c *client) getFromEach(urls []string) error {
	for len(urls) > 0 {
		n := len(urls)
		if n > 100 {
			n = 100
		}
		if err := c.atOnce(n, func(i int) error { return c.getFrom(urls[i]) }); err != nil {
			return err
		}
		urls = urls[n:]
	}
	return nil
}

// openStreams has answers whose heads have come and whose bodies have not.
func (c *client) openStreams(streams, before int) (report, error) {
	answers := make([]*http.Response, streams)
	open := func(i int) error {
		request, err := http.NewRequest("GET", c.URL, nil)
		if err != nil {
			return err
		}
		answers[i], err = c.transport.RoundTrip(request)
		return err
	}
	// Alone: it opens the connection.
	if err := open(0); err != nil {
		return nil, err
	}
	if err := c.atOnce(before-1, func(i int) error { return open(1 + i) }); err != nil {
		return nil, err
	}
	beforeBytes, err := settledRss()
	if err != nil {
		return nil, err
	}
	if err := c.atOnce(streams-before, func(i int) error { return open(before + i) }); err != nil {
		return nil, err
	}
	heldBytes, err := settledRss()
	if err != nil {
		return nil, err
	}
	for _, answer := range answers {
		if answer.StatusCode != 200 {
			return nil, fmt.Errorf("wrong answer: status %d", answer.StatusCode)
		}
	}
	return report{"kind": "held", "beforeBytes": beforeBytes, "heldBytes": heldBytes}, nil
}

// uploadBlocked has uploads of which the server takes nothing, and says what was taken from those who upload.
func (c *client) uploadBlocked(uploads int) (report, error) {
	if err := c.getFrom(c.URL[:strings.LastIndex(c.URL, "/")] + "/ok"); err != nil {
		return nil, err
	}
	before, err := settledRss()
	if err != nil {
		return nil, err
	}
	var taken int64
	failed := make(chan error, uploads)
	for i := 0; i < uploads; i++ {
		request, err := http.NewRequest("POST", c.URL, &countedChunks{chunks{left: c.BodyBytes}, &taken})
		if err != nil {
			return nil, err
		}
		request.ContentLength = c.BodyBytes
		go func() {
			_, err := c.transport.RoundTrip(request)
			failed <- fmt.Errorf("an upload that nobody takes has ended: %v", err)
		}()
	}
	last := int64(0)
	for still := 0; still < 10; still++ {
		select {
		case err := <-failed:
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
		if now := atomic.LoadInt64(&taken); now == 0 || now != last {
			last, still = now, 0
		}
	}
	held, err := settledRss()
	return report{"kind": "blocked", "beforeBytes": before, "heldBytes": held, "takenBytes": atomic.LoadInt64(&taken)}, err
}

type countedChunks struct {
	chunks
	taken *int64
}

func (c *countedChunks) Read(into []byte) (int, error) {
	n, err := c.chunks.Read(into)
	atomic.AddInt64(c.taken, int64(n))
	return n, err
}

// atOnce says what failed first.
func (c *client) atOnce(count int, do func(i int) error) error {
	var wait sync.WaitGroup
	errs := make([]error, count)
	for i := 0; i < count; i++ {
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			errs[i] = do(i)
		}(i)
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
