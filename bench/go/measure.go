package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// The figures are those of workload.ts.
const (
	leadIn       = 0.1
	firstBatch   = 200
	batchSeconds = 0.1
)

// warmUp says how many requests a second there were at the end of it.
func (c *client) warmUp(duration time.Duration) (float64, error) {
	until := time.Now().Add(duration)
	first := int64(firstBatch)
	if c.Concurrency == 1 {
		first = 1
	}
	rate, err := c.rate(first)
	for err == nil && time.Now().Before(until) {
		rate, err = c.rate(int64(rate*batchSeconds) + 1)
	}
	return rate, err
}

func (c *client) rate(requests int64) (float64, error) {
	started := time.Now()
	err := c.run(requests)
	return float64(requests) / time.Since(started).Seconds(), err
}

func (c *client) measure(requests int64) (report, error) {
	if err := c.run(c.leadIn(requests)); err != nil {
		return nil, err
	}
	allocatedBefore := allocated()
	started := time.Now()
	cpuBefore, _ := usage()
	err := c.run(requests)
	cpu, peakRss := usage()
	return report{"kind": "measured", "sample": report{
		"requests":       requests,
		"wallMs":         time.Since(started).Seconds() * 1000,
		"cpuMicros":      cpu - cpuBefore,
		"peakRssBytes":   peakRss,
		"allocatedBytes": allocated() - allocatedBefore,
	}}, err
}

func (c *client) leadIn(requests int64) int64 {
	lead := int64(float64(requests) * leadIn)
	if least := int64(2 * c.Concurrency); c.Concurrency > 1 && lead < least {
		return least
	}
	return lead
}

// usage is the CPU time of all threads in microseconds, and the largest resident set in bytes.
func usage() (int64, int64) {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return (u.Utime.Nano() + u.Stime.Nano()) / 1000, u.Maxrss * 1024
}

// allocated is what was allocated on the heap so far, in bytes. It stops the world for some microseconds.
func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

// keepIdle opens the connections, which the server sees to by holding its answers back, and leaves them idle.
func (c *client) keepIdle() (report, error) {
	before, err := settledRss()
	if err != nil {
		return nil, err
	}
	var wait sync.WaitGroup
	var failed int64
	for i := 0; i < c.Concurrency; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if err := c.exchange(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				atomic.AddInt64(&failed, 1)
			}
		}()
		if i%100 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	wait.Wait()
	if failed > 0 {
		return nil, fmt.Errorf("%d of %d requests failed", failed, c.Concurrency)
	}
	idle, err := settledRss()
	return report{"kind": "idle", "beforeBytes": before, "idleBytes": idle}, err
}

// readSlowly reads the body slowly, then not at all, and looks at the memory meanwhile, garbage not counted.
func (c *client) readSlowly(o order) (report, error) {
	before, err := settledRss()
	if err != nil {
		return nil, err
	}
	var read, paused int64
	ended := make(chan error, 1)
	go func() {
		ended <- c.download(func(bytes int) {
			atomic.AddInt64(&read, int64(bytes))
			if atomic.LoadInt64(&paused) == 1 {
				select {}
			}
			time.Sleep(time.Duration(o.EveryMs) * time.Millisecond)
		})
	}()
	peak, err := peakRss(o.SlowMs)
	if err != nil {
		return nil, err
	}
	atomic.StoreInt64(&paused, 1)
	pausedPeak, err := peakRss(o.PauseMs)
	if err != nil {
		return nil, err
	}
	if pausedPeak > peak {
		peak = pausedPeak
	}
	select {
	case err := <-ended:
		return nil, fmt.Errorf("the body ended before its slow reader: %v", err)
	default:
	}
	return report{"kind": "read-slowly", "beforeBytes": before, "peakBytes": peak, "readBytes": atomic.LoadInt64(&read)}, nil
}

func peakRss(forMs int64) (int64, error) {
	until := time.Now().Add(time.Duration(forMs) * time.Millisecond)
	peak := int64(0)
	for time.Now().Before(until) {
		time.Sleep(100 * time.Millisecond)
		runtime.GC()
		debug.FreeOSMemory()
		now, err := rss()
		if err != nil {
			return 0, err
		}
		if now > peak {
			peak = now
		}
	}
	return peak, nil
}

// settledRss is what is resident once the garbage is collected and given back: the least of a few looks.
func settledRss() (int64, error) {
	least := int64(-1)
	for i := 0; i < 3; i++ {
		runtime.GC()
		debug.FreeOSMemory()
		time.Sleep(200 * time.Millisecond)
		now, err := rss()
		if err != nil {
			return 0, err
		}
		if least == -1 || now < least {
			least = now
		}
	}
	return least, nil
}

func rss() (int64, error) {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(string(bytes.Fields(statm)[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}
