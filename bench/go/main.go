// The process of the Go client, for net/http: it is given a job as JSON, as client-process.ts is, and speaks the same messages over the same
// channel: a line of JSON each way on the file descriptor that Node names in NODE_CHANNEL_FD.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type job struct {
	Protocol    string `json:"protocol"`
	Exchange    string `json:"exchange"`
	URL         string `json:"url"`
	CA          string `json:"ca"`
	Concurrency int    `json:"concurrency"`
	BodyBytes   int64  `json:"bodyBytes"`
	AnswerBytes int64  `json:"answerBytes"`
}

type order struct {
	Kind     string `json:"kind"`
	ForMs    int64  `json:"forMs"`
	Requests int64  `json:"requests"`
	EveryMs  int64  `json:"everyMs"`
	SlowMs   int64  `json:"slowMs"`
	PauseMs  int64  `json:"pauseMs"`

	URLs    []string `json:"urls"`
	Streams int      `json:"streams"`
	Before  int      `json:"before"`
	Uploads int      `json:"uploads"`
}

type report map[string]interface{}

func main() {
	// A terminal's Ctrl-C reaches every process of the group; the one that started this one ends it in order.
	signal.Ignore(syscall.SIGINT)
	fd, err := strconv.Atoi(os.Getenv("NODE_CHANNEL_FD"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "there is no channel to a parent process: npm run bench starts this")
		os.Exit(2)
	}
	channel := os.NewFile(uintptr(fd), "channel")
	if err := serve(channel); err != nil {
		send(channel, report{"kind": "failed", "message": err.Error()})
		os.Exit(1)
	}
}

// serve carries out orders until the channel is closed.
func serve(channel *os.File) error {
	var j job
	if err := json.Unmarshal([]byte(os.Args[1]), &j); err != nil {
		return err
	}
	c, err := newClient(j)
	if err != nil {
		return err
	}
	send(channel, report{"kind": "ready"})
	lines := bufio.NewScanner(channel)
	for lines.Scan() {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return err
		}
		r, err := carryOut(c, o)
		if err != nil {
			return err
		}
		send(channel, r)
	}
	return nil
}

func send(channel *os.File, r report) {
	line, err := json.Marshal(r)
	if err == nil {
		// What cannot be sent is for nobody: the process that would read it is gone.
		channel.Write(append(line, '\n'))
	}
}

func carryOut(c *client, o order) (report, error) {
	switch o.Kind {
	case "warm-up":
		if c.Protocol == "h2" {
			// Alone, so that the server has said by then how many streams it takes.
			if err := c.getFrom(c.URL); err != nil {
				return nil, err
			}
		}
		rate, err := c.warmUp(time.Duration(o.ForMs) * time.Millisecond)
		return report{"kind": "warmed-up", "requestsPerSecond": rate}, err
	case "measure":
		return c.measure(o.Requests)
	case "exchange":
		return report{"kind": "done"}, c.exchange()
	case "idle":
		return c.keepIdle()
	case "read-slowly":
		return c.readSlowly(o)
	case "idle-origins":
		return c.idleOrigins(o.URLs, o.Before)
	case "open-streams":
		return c.openStreams(o.Streams, o.Before)
	case "upload-blocked":
		return c.uploadBlocked(o.Uploads)
	}
	return nil, fmt.Errorf("%s is not for the Go client", o.Kind)
}

// client is http.Transport by itself, which is what our Transport corresponds to: http.Client adds redirects and cookies.
type client struct {
	job
	transport http.RoundTripper
	json      string
}

func newClient(j job) (*client, error) {
	transport, err := newTransport(j)
	if err != nil {
		return nil, err
	}
	c := &client{job: j, transport: transport}
	if j.Exchange == "post" {
		empty := `{"id":17,"text":""}`
		c.json = empty[:len(empty)-2] + strings.Repeat("x", int(j.BodyBytes)-len(empty)) + empty[len(empty)-2:]
	}
	return c, nil
}

func newTransport(j job) (http.RoundTripper, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(j.CA))
	trust := &tls.Config{RootCAs: roots}
	if j.Protocol == "h2" {
		return newHTTP2Transport(j.URL, trust)
	}
	return &http.Transport{
		MaxConnsPerHost:     j.Concurrency,
		MaxIdleConnsPerHost: j.Concurrency,
		DisableCompression:  true,
		TLSClientConfig:     trust,
	}, nil
}

func (c *client) exchange() error {
	switch c.Exchange {
	case "get":
		return c.exchangeText("GET", nil, "")
	case "post":
		return c.exchangeText("POST", strings.NewReader(c.json), "application/json")
	case "upload":
		return c.exchangeText("POST", &chunks{left: c.BodyBytes}, "")
	}
	return c.download(func(int) {})
}

// exchangeText reads the answer whole.
func (c *client) exchangeText(method string, body io.Reader, contentType string) error {
	request, err := http.NewRequest(method, c.URL, body)
	if err != nil {
		return err
	}
	if body != nil {
		request.ContentLength = c.BodyBytes
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
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

// download takes the answer chunk by chunk.
func (c *client) download(take func(bytes int)) error {
	request, err := http.NewRequest("GET", c.URL, nil)
	if err != nil {
		return err
	}
	response, err := c.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	taken := int64(0)
	for {
		n, err := response.Body.Read(*buffer)
		taken += int64(n)
		if n > 0 {
			take(n)
		}
		if err == io.EOF {
			return c.check(response.StatusCode, taken)
		}
		if err != nil {
			return err
		}
	}
}

func (c *client) check(status int, bytes int64) error {
	if status == 200 && bytes == c.AnswerBytes {
		return nil
	}
	return fmt.Errorf("wrong answer: status %d with %d bytes, expected 200 with %d", status, bytes, c.AnswerBytes)
}

const chunkBytes = 65536

var buffers = sync.Pool{New: func() interface{} {
	buffer := make([]byte, chunkBytes)
	return &buffer
}}

var chunk = []byte(strings.Repeat("The quick brown fox jumps over the lazy dog.\n", chunkBytes/45+1))[:chunkBytes]

// chunks is a body that comes in chunks: what the async generator in exchanges.ts is.
type chunks struct {
	left int64
}

func (c *chunks) Read(into []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n := copy(into, chunk)
	if int64(n) > c.left {
		n = int(c.left)
	}
	c.left -= int64(n)
	return n, nil
}

// run keeps the client busy with its number of requests in flight. It says what failed first.
func (c *client) run(requests int64) error {
	var wait sync.WaitGroup
	var failure atomic.Value
	for i := 0; i < c.Concurrency; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for atomic.AddInt64(&requests, -1) >= 0 && failure.Load() == nil {
				if err := c.exchange(); err != nil {
					failure.CompareAndSwap(nil, fmt.Errorf("go: %w", err))
				}
			}
		}()
	}
	wait.Wait()
	if err, ok := failure.Load().(error); ok {
		return err
	}
	return nil
}
