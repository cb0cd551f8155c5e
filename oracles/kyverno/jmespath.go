// jmespath: {"expression": "…", "input": …} is answered by one of
//
//	{"result": …}           what the expression evaluates to
//	{"error": "…"}          the message, of compiling or evaluating
//	{"panic": "…"}          it ended in a panic
//	{"unstable": true}      it answers differently each time, because Go visits maps in random order
//
// The clock is the machine's, so expressions should not ask for the time. Host names are not resolved.

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kyverno/kyverno/pkg/config"
	"github.com/kyverno/kyverno/pkg/engine/jmespath"
)

var expressions = jmespath.New(config.NewDefaultConfiguration(false))

type expression struct {
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

func jmespathAnswer(line []byte) any {
	var asked expression
	if err := json.Unmarshal(line, &asked); err != nil {
		fail(err)
	}
	reply := evaluate(asked)
	for run := 1; run < runs(asked.Expression); run++ {
		if !bytes.Equal(reply, evaluate(asked)) {
			return map[string]any{"unstable": true}
		}
	}
	return json.RawMessage(reply)
}

func evaluate(asked expression) (reply []byte) {
	defer func() {
		if cause := recover(); cause != nil {
			reply = encode(map[string]any{"panic": fmt.Sprint(cause)})
		}
	}()
	// Some functions change their input, so each run gets its own.
	var input any
	if err := json.Unmarshal(asked.Input, &input); err != nil {
		fail(err)
	}
	query, err := expressions.Query(asked.Expression)
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
