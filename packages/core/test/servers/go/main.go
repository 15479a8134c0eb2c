// An interop server on Go's net/http: main <port> [<certificate> <key>]. With a certificate it speaks HTTP/2 over TLS, without one by prior knowledge.
package main

import (
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/net/http2"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/bytes/", sendBytes)
	http.HandleFunc("/echo", echo)
	http.HandleFunc("/status/", sendStatus)
	http.HandleFunc("/trailers", sendTrailers)
	http.HandleFunc("/headers", sendHeaders)
	http.HandleFunc("/hold", hold)
	http.HandleFunc("/never", func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() })
	http.HandleFunc("/early-hints", sendEarlyHints)
	http.HandleFunc("/goodbye", sayGoodbye)
	if len(os.Args) > 2 {
		log.Fatal(http.ServeTLS(listener, nil, os.Args[2], os.Args[3]))
	}
	serveByPriorKnowledge(listener)
}

func serveByPriorKnowledge(listener net.Listener) {
	server := &http2.Server{}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go server.ServeConn(connection, &http2.ServeConnOpts{BaseConfig: &http.Server{}, Handler: http.DefaultServeMux})
	}
}

func argument(request *http.Request) int {
	number, _ := strconv.Atoi(request.URL.Path[strings.LastIndexByte(request.URL.Path, '/')+1:])
	return number
}

func sendBytes(response http.ResponseWriter, request *http.Request) {
	body := make([]byte, argument(request))
	for at := range body {
		body[at] = byte(at % 251)
	}
	response.Header().Set("Content-Length", strconv.Itoa(len(body)))
	response.Write(body)
}

// What has come goes out before more is read.
func echo(response http.ResponseWriter, request *http.Request) {
	buffer := make([]byte, 32<<10)
	for {
		count, err := request.Body.Read(buffer)
		if count > 0 {
			response.Write(buffer[:count])
			response.(http.Flusher).Flush()
		}
		if err != nil {
			return
		}
	}
}

func sendStatus(response http.ResponseWriter, request *http.Request) {
	response.WriteHeader(argument(request))
}

func sendTrailers(response http.ResponseWriter, request *http.Request) {
	io.Copy(io.Discard, request.Body)
	sum := request.Trailer.Get("X-Sum")
	if sum == "" {
		sum = "no sum"
	}
	response.Header().Set("Trailer", "X-Sum")
	io.WriteString(response, sum)
	response.Header().Set("X-Sum", "42")
}

func sendHeaders(response http.ResponseWriter, request *http.Request) {
	fields := map[string]string{}
	for name, values := range request.Header {
		separator := ", "
		if name == "Cookie" {
			separator = "; "
		}
		fields[strings.ToLower(name)] = strings.Join(values, separator)
	}
	json.NewEncoder(response).Encode(fields)
}

func hold(response http.ResponseWriter, request *http.Request) {
	io.WriteString(response, "held")
	response.(http.Flusher).Flush()
	<-request.Context().Done()
}

func sendEarlyHints(response http.ResponseWriter, _ *http.Request) {
	response.Header().Set("Link", "</style.css>; rel=preload")
	response.WriteHeader(http.StatusEarlyHints)
	io.WriteString(response, "late")
}

// Over HTTP/2 Go takes this for the wish to say GOAWAY.
func sayGoodbye(response http.ResponseWriter, _ *http.Request) {
	response.Header().Set("Connection", "close")
	io.WriteString(response, "goodbye")
}
