// The lifecycle of one run of `greet` in Go, for `python3 build bench`: what a Go programmer would write by hand, without a
// supervisor. Same files, same atomic publishing, same result.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

var handlers = map[string]func(map[string]any, *log.Logger) (any, error){"greet": greet}

func greet(input map[string]any, logger *log.Logger) (any, error) {
	name, ok := input["name"].(string)
	if !ok {
		return nil, fmt.Errorf("name: expected a string")
	}
	logger.Printf("greeting %s", name)
	return map[string]string{"greeting": "Hello, " + name + "!"}, nil
}

func publish(directory, name string, value any) error {
	document, err := json.Marshal(value)
	if err != nil {
		return err
	}
	temporary := filepath.Join(directory, "."+name+".tmp")
	if err := os.WriteFile(temporary, document, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, filepath.Join(directory, name))
}

func run(directory string) error {
	logFile, err := os.OpenFile(filepath.Join(directory, "out.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer logFile.Close()
	os.Remove(filepath.Join(directory, "output.json"))
	os.Remove(filepath.Join(directory, "error.json"))
	handler, ok := handlers[os.Getenv("FN_HANDLER")]
	if !ok {
		return fmt.Errorf("no such handler")
	}
	document, err := os.ReadFile(filepath.Join(directory, "input.json"))
	if err != nil {
		return err
	}
	var input map[string]any
	if err := json.Unmarshal(document, &input); err != nil {
		return err
	}
	output, err := handler(input, log.New(logFile, "", 0))
	if err != nil {
		return err
	}
	return publish(directory, "output.json", output)
}

func main() {
	directory := os.Getenv("FN_DATA_DIR")
	if _, err := os.Lstat(filepath.Join(directory, "done")); err == nil {
		return
	}
	if err := run(directory); err != nil {
		if publish(directory, "error.json", map[string]string{"code": "go", "message": err.Error()}) != nil {
			os.Exit(1)
		}
	}
	done := filepath.Join(directory, ".done.tmp")
	if file, err := os.Create(done); err == nil {
		file.Close()
		os.Rename(done, filepath.Join(directory, "done"))
	}
}
