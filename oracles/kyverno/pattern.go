// pattern: patterns and conditions.
//
//	{"id": 1, "op": "leaf", "value": 5, "pattern": ">3"}
//	→ {"id": 1, "holds": true}
//
//	{"id": 2, "op": "tree", "resource": {…}, "pattern": {…}, "times": 20}
//	→ {"id": 2, "outcomes": [null, {"message": "…", "path": "/spec/", "skip": false}]}
//
//	{"id": 3, "op": "condition", "key": "a", "operator": "AnyIn", "value": ["a*"]}
//	→ {"id": 3, "holds": true}       "unknown": true for an operator that there is not
//
// Numbers are read as the API machinery reads them: whole ones are int64. Where Kyverno goes through a map in
// Go's random order one pattern has several outcomes; `times` says how often to try, and the answer lists the
// different ones. A panic is answered by {"id": 3, "panic": "…"}.

package main

import (
	"encoding/json"
	"fmt"

	"github.com/go-logr/logr"
	kyvernov1 "github.com/kyverno/kyverno/api/kyverno/v1"
	"github.com/kyverno/kyverno/pkg/engine/pattern"
	"github.com/kyverno/kyverno/pkg/engine/validate"
	"github.com/kyverno/kyverno/pkg/engine/variables/operator"
	kjson "k8s.io/apimachinery/pkg/util/json"
)

type comparison struct {
	ID       json.RawMessage `json:"id"`
	Op       string          `json:"op"`
	Key      json.RawMessage `json:"key"`
	Operator string          `json:"operator"`
	Value    json.RawMessage `json:"value"`
	Resource json.RawMessage `json:"resource"`
	Pattern  json.RawMessage `json:"pattern"`
	Times    int             `json:"times"`
}

type mismatch struct {
	Message string `json:"message"`
	Path    string `json:"path"`
	Skip    bool   `json:"skip"`
}

type compared struct {
	ID       json.RawMessage `json:"id"`
	Holds    *bool           `json:"holds,omitempty"`
	Unknown  bool            `json:"unknown,omitempty"`
	Outcomes []*mismatch     `json:"outcomes,omitempty"`
	Panic    string          `json:"panic,omitempty"`
	Error    string          `json:"error,omitempty"`
}

func patternAnswer(line []byte) any {
	var asked comparison
	if err := json.Unmarshal(line, &asked); err != nil {
		return compared{Error: "request: " + err.Error()}
	}
	return compare(asked)
}

func compare(asked comparison) (reply compared) {
	reply.ID = asked.ID
	defer func() {
		if panicked := recover(); panicked != nil {
			reply = compared{ID: asked.ID, Panic: fmt.Sprint(panicked)}
		}
	}()
	switch asked.Op {
	case "leaf":
		holds := pattern.Validate(logr.Discard(), decode(asked.Value), decode(asked.Pattern))
		reply.Holds = &holds
	case "tree":
		reply.Outcomes = tree(asked)
	case "condition":
		handler := operator.CreateOperatorHandler(logr.Discard(), nil, kyvernov1.ConditionOperator(asked.Operator))
		if handler == nil {
			reply.Unknown = true
			return reply
		}
		holds := handler.Evaluate(decode(asked.Key), decode(asked.Value))
		reply.Holds = &holds
	default:
		reply.Error = "no operation " + asked.Op
	}
	return reply
}

// tree decodes anew for every try, because matching writes into the pattern.
func tree(asked comparison) (different []*mismatch) {
	seen := map[mismatch]bool{}
	passed := false
	for range max(asked.Times, 1) {
		err := validate.MatchPattern(logr.Discard(), decode(asked.Resource), decode(asked.Pattern))
		if err == nil {
			if !passed {
				different = append(different, nil)
			}
			passed = true
			continue
		}
		failed := err.(*validate.PatternError)
		found := mismatch{failed.Error(), failed.Path, failed.Skip}
		if !seen[found] {
			seen[found] = true
			different = append(different, &found)
		}
	}
	return different
}

func decode(raw json.RawMessage) (value any) {
	if err := kjson.Unmarshal(raw, &value); err != nil {
		panic("not JSON: " + err.Error())
	}
	return value
}
