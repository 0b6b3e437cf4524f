// `greet` behind Go's own HTTP server, for `python3 build bench --serve`: the handler runs in the server's process, and nothing
// is isolated. Same requests, same answers: server PORT.
package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
)

func answer(writer http.ResponseWriter, value any) {
	document, err := json.Marshal(value)
	if err != nil {
		http.Error(writer, err.Error(), http.StatusInternalServerError)
		return
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.Header().Set("Content-Length", strconv.Itoa(len(document)))
	writer.Write(document)
}

func serve(handler func(any) any) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		var input any
		document, err := io.ReadAll(request.Body)
		if err == nil {
			err = json.Unmarshal(document, &input)
		}
		if err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		answer(writer, handler(input))
	}
}

func greet(input any) any {
	fields, _ := input.(map[string]any)
	name, _ := fields["name"].(string)
	return map[string]string{"greeting": "Hello, " + name + "!"}
}

func same(input any) any { return input }

func main() {
	http.HandleFunc("/greet", serve(greet))
	http.HandleFunc("/same", serve(same))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
