// The process of Go's client: main <origin> <seed> <requests> <connections>. It does what ../client-process.ts does, and prints the same report.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	unsettled = iota
	answered
	refused
	failedUnsent
	failed
	wrong
)

const hung = 10 * time.Second

func draw(seed, id, salt uint32) uint32 {
	bits := seed ^ (id+1)*0x9e3779b1 ^ salt*0x85ebca6b
	bits = (bits ^ bits>>16) * 0x85ebca6b
	bits = (bits ^ bits>>13) * 0xc2b2ae35
	return bits ^ bits>>16
}

func answerText(seed, id uint32) string {
	drawn := draw(seed, id, 6)
	length := drawn % 1000
	if drawn%50 == 0 {
		length = 100000
	}
	return strconv.Itoa(int(id)) + ":" + strings.Repeat("x", int(length))
}

// once hides what a reader is, so that its length is not known and it cannot be read again.
type once struct{ io.Reader }

func send(client *http.Client, origin string, seed, id uint32) (byte, error) {
	method := "GET"
	var body io.Reader
	if draw(seed, id, 1)%2 != 0 {
		method = "POST"
		length := draw(seed, id, 3) % 1500
		if draw(seed, id, 2)%50 == 0 {
			length = 60000 + draw(seed, id, 3)%200000
		}
		body = bytes.NewReader(make([]byte, length))
		if draw(seed, id, 4)%8 == 0 {
			body = once{body}
		}
	}
	request, err := http.NewRequest(method, fmt.Sprintf("%s/%d", origin, id), body)
	if err != nil {
		return failed, err
	}
	response, err := client.Do(request)
	if err != nil {
		return failed, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return failed, err
	case response.StatusCode == 413 || response.StatusCode == 408:
		return refused, nil
	case response.StatusCode != 200 || string(text) != answerText(seed, id):
		return wrong, nil
	}
	return answered, nil
}

func codeOf(err error) string {
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "unexpected EOF"
	case errors.Is(err, io.EOF):
		return "EOF"
	}
	parts := strings.Split(err.Error(), ": ")
	return parts[len(parts)-1]
}

func number(text string) uint32 {
	value, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		panic(err)
	}
	return uint32(value)
}

func main() {
	origin, seed, requests, connections := os.Args[1], number(os.Args[2]), number(os.Args[3]), int(number(os.Args[4]))
	transport := &http.Transport{MaxConnsPerHost: connections, MaxIdleConns: connections, MaxIdleConnsPerHost: connections}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	outcomes := make([]byte, requests)
	errorCounts := map[string]int{}
	var lock sync.Mutex
	var next, settled int64
	var workers sync.WaitGroup
	started := time.Now()
	for worker := 0; worker < connections; worker++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for {
				id := uint32(atomic.AddInt64(&next, 1) - 1)
				if id >= requests {
					return
				}
				time.Sleep(time.Duration(draw(seed, id, 5)%4000) * time.Microsecond)
				outcome, err := send(client, origin, seed, id)
				lock.Lock()
				outcomes[id] = outcome
				if err != nil {
					errorCounts[codeOf(err)]++
				}
				lock.Unlock()
				atomic.AddInt64(&settled, 1)
			}
		}()
	}
	done := make(chan struct{})
	go func() { workers.Wait(); close(done) }()
	wait(done, &settled)
	lock.Lock()
	defer lock.Unlock()
	report := map[string]any{
		"outcomes":  base64.StdEncoding.EncodeToString(outcomes),
		"errors":    errorCounts,
		"elapsedMs": float64(time.Since(started).Microseconds()) / 1000,
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		panic(err)
	}
}

// wait returns when all is done, or when nothing comes to its end any more.
func wait(done <-chan struct{}, settled *int64) {
	before := int64(-1)
	for {
		select {
		case <-done:
			return
		case <-time.After(hung):
			now := atomic.LoadInt64(settled)
			if now == before {
				return
			}
			before = now
		}
	}
}
