// The reference JMESPath of Kyverno behind a line protocol, for comparing Ironhull with it.
//
// Reads JSON lines {"expression": "…", "input": …} from standard input and answers each with one JSON line:
//
//	{"result": …}           what the expression evaluates to
//	{"error": "…"}          the message, of compiling or evaluating
//	{"panic": "…"}          it ended in a panic
//	{"unstable": true}      it answers differently each time, because Go visits maps in random order
//
// The clock is the machine's, so expressions should not ask for the time. Host names are not resolved.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/kyverno/kyverno/pkg/config"
	"github.com/kyverno/kyverno/pkg/engine/jmespath"
)

type request struct {
	Expression string          `json:"expression"`
	Input      json.RawMessage `json:"input"`
}

// How often an expression is evaluated to see whether the order of maps shows: often where it may, because Go
// visits a map of two entries in the order of their making seven times out of eight.
func runs(expression string) int {
	for _, visits := range []string{"*", "keys", "values"} {
		if strings.Contains(expression, visits) {
			return 150
		}
	}
	return 2
}

func main() {
	engine := jmespath.New(config.NewDefaultConfiguration(false))
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var asked request
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			fatal(err)
		}
		reply := answer(engine, asked)
		for run := 1; run < runs(asked.Expression); run++ {
			if !bytes.Equal(reply, answer(engine, asked)) {
				reply = []byte(`{"unstable":true}`)
				break
			}
		}
		out.Write(reply)
		out.WriteByte('\n')
	}
	if err := in.Err(); err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func answer(engine jmespath.Interface, asked request) (reply []byte) {
	defer func() {
		if cause := recover(); cause != nil {
			reply = encode(map[string]any{"panic": fmt.Sprint(cause)})
		}
	}()
	// Some functions change their input, so each run gets its own.
	var input any
	if err := json.Unmarshal(asked.Input, &input); err != nil {
		fatal(err)
	}
	query, err := engine.Query(asked.Expression)
	if err != nil {
		return encode(map[string]any{"error": err.Error(), "compile": true})
	}
	result, err := query.Search(input)
	if err != nil {
		return encode(map[string]any{"error": err.Error()})
	}
	return encode(map[string]any{"result": result})
}

func encode(reply map[string]any) []byte {
	text, err := json.Marshal(reply)
	if err != nil {
		text, _ = json.Marshal(map[string]any{"unencodable": err.Error()})
	}
	return text
}
