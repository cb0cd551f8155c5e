// The reference scalar notations of Kubernetes and Go behind a line protocol, for comparing Ironhull with
// them.
//
// Reads JSON lines from standard input and answers each with one JSON line. Whatever cannot be read is
// answered by {"error": "…"}.
//
//	{"op": "quantity", "input": "1.5Gi"}          all accessors of a quantity
//	{"op": "quantity_json", "json": 1.5}          the same, decoded from a JSON value
//	{"op": "quantity_cmp", "input": "1", "other": "1000m"}
//	{"op": "duration", "input": "1h"}             nanoseconds
//	{"op": "duration_format", "number": 1}        text
//	{"op": "int_or_string", "json": "25%", "number": 10}
//	{"op": "selector", "input": "a in (b)", "labels": [{…}, …]}
//	{"op": "label_selector", "json": {…}, "labels": [{…}, …]}
//	{"op": "wildcard", "input": "a*", "other": "abc"}
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"time"

	"github.com/IGLOU-EU/go-wildcard"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	kjson "sigs.k8s.io/json"
)

type request struct {
	Op     string              `json:"op"`
	Input  string              `json:"input"`
	Other  string              `json:"other"`
	JSON   json.RawMessage     `json:"json"`
	Number int64               `json:"number"`
	Labels []map[string]string `json:"labels"`
}

type answer map[string]any

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for in.Scan() {
		var asked request
		reply, err := answer(nil), json.Unmarshal(in.Bytes(), &asked)
		if err == nil {
			reply, err = evaluate(asked)
		}
		if err != nil {
			reply = answer{"error": err.Error()}
		}
		if err := encoder.Encode(reply); err != nil {
			fatal(err)
		}
	}
	if err := in.Err(); err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func evaluate(asked request) (answer, error) {
	switch asked.Op {
	case "quantity":
		parsed, err := resource.ParseQuantity(asked.Input)
		if err != nil {
			return nil, err
		}
		return describe(parsed), nil
	case "quantity_json":
		// As a manifest reaches the API server: decoded without a type, encoded again, decoded as a quantity.
		var value any
		if err := kjson.UnmarshalCaseSensitivePreserveInts(asked.JSON, &value); err != nil {
			return nil, err
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		var parsed resource.Quantity
		if err := parsed.UnmarshalJSON(encoded); err != nil {
			return nil, err
		}
		return describe(parsed), nil
	case "quantity_cmp":
		first, err := resource.ParseQuantity(asked.Input)
		if err != nil {
			return nil, err
		}
		second, err := resource.ParseQuantity(asked.Other)
		if err != nil {
			return nil, err
		}
		return answer{"order": first.Cmp(second)}, nil
	case "duration":
		parsed, err := time.ParseDuration(asked.Input)
		if err != nil {
			return nil, err
		}
		return answer{"nanoseconds": int64(parsed), "text": parsed.String()}, nil
	case "duration_format":
		return answer{"text": time.Duration(asked.Number).String()}, nil
	case "int_or_string":
		return share(asked)
	case "selector":
		selector, err := labels.Parse(asked.Input)
		if err != nil {
			return nil, err
		}
		return selected(selector, asked.Labels), nil
	case "label_selector":
		return object(asked)
	case "wildcard":
		return answer{"matches": wildcard.Match(asked.Input, asked.Other)}, nil
	default:
		return nil, errors.New("unknown op " + asked.Op)
	}
}

func describe(parsed resource.Quantity) answer {
	number, suffix := parsed.CanonicalizeBytes(nil)
	integer, isInteger := parsed.AsInt64()
	reply := answer{
		"text":      parsed.String(),
		"canonical": string(number) + string(suffix),
		"format":    string(parsed.Format),
		"zero":      parsed.IsZero(),
		"sign":      parsed.Sign(),
		"float":     fmt.Sprintf("%016x", math.Float64bits(parsed.AsApproximateFloat64())),
		"value":     parsed.Value(),
		"milli":     parsed.MilliValue(),
		// The same two without upstream's overflows and without its rounding of negative numbers.
		"exact_value": exact(parsed.DeepCopy(), 0),
		"exact_milli": exact(parsed.DeepCopy(), 3),
	}
	if isInteger {
		reply["integer"] = integer
	}
	return reply
}

// The quantity times 10^digits, rounded away from zero; nil beyond 64 bits.
func exact(parsed resource.Quantity, digits int64) any {
	decimal := parsed.AsDec()
	if decimal.Sign() == 0 {
		return int64(0)
	}
	shift := digits - int64(decimal.Scale())
	if shift > 5000 {
		return nil
	}
	whole := new(big.Int).Abs(decimal.UnscaledBig())
	power := new(big.Int).Exp(big.NewInt(10), new(big.Int).Abs(big.NewInt(shift)), nil)
	if shift >= 0 {
		whole.Mul(whole, power)
	} else {
		whole.Add(whole, power).Sub(whole, big.NewInt(1)).Quo(whole, power)
	}
	if decimal.Sign() < 0 {
		whole.Neg(whole)
	}
	if !whole.IsInt64() {
		return nil
	}
	return whole.Int64()
}

func share(asked request) (answer, error) {
	var parsed intstr.IntOrString
	if err := json.Unmarshal(asked.JSON, &parsed); err != nil {
		return nil, err
	}
	up, err := intstr.GetScaledValueFromIntOrPercent(&parsed, int(asked.Number), true)
	if err != nil {
		return answer{"text": parsed.String()}, nil
	}
	down, err := intstr.GetScaledValueFromIntOrPercent(&parsed, int(asked.Number), false)
	return answer{"text": parsed.String(), "up": up, "down": down}, err
}

func selected(selector labels.Selector, sets []map[string]string) answer {
	matches := make([]bool, 0, len(sets))
	for _, set := range sets {
		matches = append(matches, selector.Matches(labels.Set(set)))
	}
	return answer{"text": selector.String(), "matches": matches}
}

func object(asked request) (answer, error) {
	var parsed metav1.LabelSelector
	if err := kjson.UnmarshalCaseSensitivePreserveInts(asked.JSON, &parsed); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	problems := validation.ValidateLabelSelector(&parsed, validation.LabelSelectorValidationOptions{}, nil)
	if len(problems) > 0 {
		bodies := make([]string, 0, len(problems))
		for _, problem := range problems {
			bodies = append(bodies, problem.ErrorBody())
		}
		return answer{"problems": bodies}, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(&parsed)
	if err != nil {
		return nil, err
	}
	return selected(selector, asked.Labels), nil
}
