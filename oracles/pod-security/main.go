// The reference Pod Security engine behind a line protocol, for comparing Ironhull with it.
//
// Reads JSON lines from standard input and answers each with one JSON line:
//
//	{"level": "restricted", "version": "latest", "pod": {"metadata": {…}, "spec": {…}}}
//	→ {"allowed": false, "message": "reason (detail), …", "reasons": "reason, …"}
//	→ {"error": "…"}                 the pod cannot be decoded
//
//	{"labels": {…}, "defaults": "privileged:latest"}
//	→ {"policy": ["enforce", "audit", "warn"], "error": "…"}
//
// A pod is decoded as the API server decodes it (case-sensitive names, unknown fields dropped). Of the
// API server's defaulting only one step is done: a volume without any source becomes an emptyDir. A volume
// that has members the decoder does not know is left without a source, so that the reference calls its
// type unknown.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	kjson "sigs.k8s.io/json"
)

type request struct {
	Level    string            `json:"level"`
	Version  string            `json:"version"`
	Pod      json.RawMessage   `json:"pod"`
	Labels   map[string]string `json:"labels"`
	Defaults string            `json:"defaults"`
}

type answer struct {
	Allowed bool     `json:"allowed"`
	Message string   `json:"message,omitempty"`
	Reasons string   `json:"reasons,omitempty"`
	Policy  []string `json:"policy,omitempty"`
	Error   string   `json:"error,omitempty"`
}

func main() {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(make([]byte, 1<<20), 1<<26)
	output := bufio.NewWriterSize(os.Stdout, 1<<16)
	defer output.Flush()
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	for input.Scan() {
		var req request
		var reply answer
		if err := json.Unmarshal(input.Bytes(), &req); err != nil {
			reply = answer{Error: "request: " + err.Error()}
		} else if req.Pod != nil {
			reply = checkPod(evaluator, req)
		} else {
			reply = resolveLabels(req)
		}
		if err := encoder.Encode(reply); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	if err := input.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func checkPod(evaluator policy.Evaluator, req request) answer {
	level, err := api.ParseLevel(req.Level)
	if err != nil {
		return answer{Error: "level: " + err.Error()}
	}
	version, err := api.ParseVersion(req.Version)
	if err != nil {
		return answer{Error: "version: " + err.Error()}
	}
	var pod corev1.Pod
	if err := kjson.UnmarshalCaseSensitivePreserveInts(req.Pod, &pod); err != nil {
		return answer{Error: "pod: " + err.Error()}
	}
	if err := defaultVolumes(req.Pod, &pod); err != nil {
		return answer{Error: "volumes: " + err.Error()}
	}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(
		api.LevelVersion{Level: level, Version: version}, &pod.ObjectMeta, &pod.Spec))
	return answer{
		Allowed: result.Allowed,
		Message: result.ForbiddenDetail(),
		Reasons: result.ForbiddenReason(),
	}
}

func defaultVolumes(raw json.RawMessage, pod *corev1.Pod) error {
	var written struct {
		Spec struct {
			Volumes []map[string]json.RawMessage `json:"volumes"`
		} `json:"spec"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, &written); err != nil {
		return err
	}
	for i := range pod.Spec.Volumes {
		bare := true
		for name, value := range written.Spec.Volumes[i] {
			if name != "name" && string(value) != "null" {
				bare = false
			}
		}
		if bare {
			pod.Spec.Volumes[i].EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
	return nil
}

func resolveLabels(req request) answer {
	level, version, _ := strings.Cut(req.Defaults, ":")
	var defaults api.LevelVersion
	var err error
	if defaults.Level, err = api.ParseLevel(level); err != nil {
		return answer{Error: "defaults: " + err.Error()}
	}
	if defaults.Version, err = api.ParseVersion(version); err != nil {
		return answer{Error: "defaults: " + err.Error()}
	}
	resolved, errs := api.PolicyToEvaluate(req.Labels, api.Policy{Enforce: defaults, Audit: defaults, Warn: defaults})
	reply := answer{Policy: []string{resolved.Enforce.String(), resolved.Audit.String(), resolved.Warn.String()}}
	if len(errs) > 0 {
		reply.Error = errs.ToAggregate().Error()
	}
	return reply
}
