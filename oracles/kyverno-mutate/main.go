// Kyverno's mutations behind a line protocol, for comparing Ironhull with them.
//
// Reads JSON lines from standard input and answers each with one JSON line, {"result": …} or
// {"error": "…"}. Where Kyverno panics, the panic is the error.
//
//	{"op": "strategic", "resource": {…}, "patch": {…}}   patchStrategicMerge
//	{"op": "json6902", "resource": {…}, "patch": […]}    patchesJson6902
//	{"op": "diff", "resource": {…}, "patch": {…}}        the operations between two values
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/go-logr/logr"
	"github.com/kyverno/kyverno/pkg/engine/mutate/patch"
	"gomodules.xyz/jsonpatch/v2"
)

type question struct {
	Op       string          `json:"op"`
	Resource json.RawMessage `json:"resource"`
	Patch    json.RawMessage `json:"patch"`
}

type reply struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		line, err := json.Marshal(answer(lines.Bytes()))
		if err != nil {
			panic(err)
		}
		out.Write(append(line, '\n'))
	}
}

func answer(line []byte) (r reply) {
	defer func() {
		if caught := recover(); caught != nil {
			r = reply{Error: fmt.Sprint(caught)}
		}
	}()
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return reply{Error: err.Error()}
	}
	result, err := apply(q)
	if err != nil {
		return reply{Error: err.Error()}
	}
	return reply{Result: result}
}

func apply(q question) ([]byte, error) {
	switch q.Op {
	case "strategic":
		var overlay any
		if err := json.Unmarshal(q.Patch, &overlay); err != nil {
			return nil, err
		}
		return patch.NewPatchStrategicMerge(overlay).Patch(logr.Discard(), q.Resource)
	case "json6902":
		return patch.NewPatchesJSON6902(string(q.Patch)).Patch(logr.Discard(), q.Resource)
	case "diff":
		operations, err := jsonpatch.CreatePatch(q.Resource, q.Patch)
		if err != nil {
			return nil, err
		}
		return json.Marshal(operations)
	}
	return nil, fmt.Errorf("unknown op %q", q.Op)
}
