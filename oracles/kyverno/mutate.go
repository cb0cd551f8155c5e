// mutate: answered by {"result": …} or {"error": "…"}. Where Kyverno panics, the panic is the error.
//
//	{"op": "strategic", "resource": {…}, "patch": {…}}   patchStrategicMerge
//	{"op": "json6902", "resource": {…}, "patch": […]}    patchesJson6902
//	{"op": "diff", "resource": {…}, "patch": {…}}        the operations between two values

package main

import (
	"encoding/json"
	"fmt"

	"github.com/go-logr/logr"
	"github.com/kyverno/kyverno/pkg/engine/mutate/patch"
	"gomodules.xyz/jsonpatch/v2"
)

type mutation struct {
	Op       string          `json:"op"`
	Resource json.RawMessage `json:"resource"`
	Patch    json.RawMessage `json:"patch"`
}

type mutated struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
}

func mutateAnswer(line []byte) (reply any) {
	defer func() {
		if caught := recover(); caught != nil {
			reply = mutated{Error: fmt.Sprint(caught)}
		}
	}()
	var q mutation
	if err := json.Unmarshal(line, &q); err != nil {
		return mutated{Error: err.Error()}
	}
	result, err := mutate(q)
	if err != nil {
		return mutated{Error: err.Error()}
	}
	return mutated{Result: result}
}

func mutate(q mutation) ([]byte, error) {
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
