// The reading of manifest files by kubectl behind a line protocol, for comparing Ironhull with it.
//
// Reads JSON lines {"text": "…"} or {"b64": "…"} from standard input and answers each with one JSON line:
//
//	{"docs": [{"json": …}, {"error": "…"}],
//	 "chunks": [{"text": "…", "json": …}, {"b64": "…", "error": "…"}]}
//
// docs are what the stream visitor of `kubectl apply -f` sees until the stream ends or the first error,
// without documents that are empty or null. chunks are the parts that the YAML reader cuts, each converted
// on its own. A separator that the reader refuses is a chunk without a text; the lines before it are lost,
// as they are to kubectl.
//
// Numbers are what the API machinery holds: integers within 64 bits are JSON numbers, every other number is
// {"$float": "<IEEE 754 bits in hexadecimal>"}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

type request struct {
	Text   string `json:"text"`
	Base64 []byte `json:"b64"`
}

type part struct {
	Text   *string `json:"text,omitempty"`
	Base64 []byte  `json:"b64,omitempty"`
	JSON   any     `json:"json"`
	Error  string  `json:"error,omitempty"`
}

type answer struct {
	Docs   []part `json:"docs"`
	Chunks []part `json:"chunks"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var asked request
			if err := json.Unmarshal(line, &asked); err != nil {
				fatal(err)
			}
			text := asked.Base64
			if text == nil {
				text = []byte(asked.Text)
			}
			if err := encoder.Encode(answer{Docs: docs(text), Chunks: chunks(text)}); err != nil {
				fatal(err)
			}
			// Answer at once when no further question is waiting.
			if in.Buffered() == 0 {
				if err := out.Flush(); err != nil {
					fatal(err)
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			fatal(err)
		}
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// What kubectl's resource builder reads.
func docs(text []byte) (parts []part) {
	parts = []part{}
	defer func() {
		if cause := recover(); cause != nil {
			parts = append(parts, part{Error: fmt.Sprint("panic: ", cause)})
		}
	}()
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		var document runtime.RawExtension
		err := decoder.Decode(&document)
		if err == io.EOF {
			return parts
		}
		if err != nil {
			return append(parts, part{Error: err.Error()})
		}
		raw := bytes.TrimSpace(document.Raw)
		if len(raw) == 0 || string(raw) == "null" {
			continue
		}
		next := typed(raw, nil)
		parts = append(parts, next)
		if next.Error != "" {
			return parts
		}
	}
}

// Every part of the stream on its own.
func chunks(text []byte) []part {
	parts := []part{}
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		chunk, err := reader.Read()
		if err == io.EOF {
			return parts
		}
		if err != nil {
			parts = append(parts, part{Error: err.Error()})
			continue
		}
		next := convert(chunk)
		if utf8.Valid(chunk) {
			text := string(chunk)
			next.Text = &text
		} else {
			next.Base64 = chunk
		}
		parts = append(parts, next)
	}
}

func convert(chunk []byte) (result part) {
	defer func() {
		if cause := recover(); cause != nil {
			result = part{Error: fmt.Sprint("panic: ", cause)}
		}
	}()
	raw, err := yaml.YAMLToJSON(chunk)
	return typed(raw, err)
}

func typed(raw []byte, err error) part {
	var value any
	if err == nil {
		err = utiljson.Unmarshal(raw, &value)
	}
	if err != nil {
		return part{Error: err.Error()}
	}
	return part{JSON: mark(value)}
}

func mark(value any) any {
	switch value := value.(type) {
	case float64:
		return map[string]any{"$float": fmt.Sprintf("%016x", math.Float64bits(value))}
	case []any:
		for index, item := range value {
			value[index] = mark(item)
		}
	case map[string]any:
		for key, item := range value {
			value[key] = mark(item)
		}
	}
	return value
}
