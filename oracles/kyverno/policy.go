// policy: whole policies, as the engine evaluates them without a cluster.
//
//	{"op": "validate", "policy": {…}, "resource": {…}, "operation": "UPDATE", "old": {…}, "labels": {…},
//	 "info": {"userInfo": {…}, "roles": […]}, "exceptions": [{…}], "objects": [{…}], "exact": true, "times": 20}
//	→ {"outcomes": [{"rules": [{"name": "…", "status": "fail", "message": "…", "exceptions": ["n/x"]}]}]}
//
// `op` is validate, mutate or generate. Of a deletion `resource` is what is deleted. `labels` are those of the
// namespace. `objects` is what else the cluster has, for rules that change or copy other objects. The rules of
// a generation have what they would make in `generated`, and what a mutation makes of the object is `patched`.
//
// Every number of an object is a float, as the command line reads it. With `exact` whole numbers are integers in
// the object and floats in the variables, as in an admission request.
//
// Where Kyverno goes through a map in Go's random order one question has several outcomes; `times` says how
// often to try, and the answer lists the different ones. A panic is answered by {"panic": "…"}.

package main

import (
	"context"
	"encoding/json"
	"fmt"

	kyvernov1 "github.com/kyverno/kyverno/api/kyverno/v1"
	kyvernov2 "github.com/kyverno/kyverno/api/kyverno/v2"
	"github.com/kyverno/kyverno/pkg/config"
	"github.com/kyverno/kyverno/pkg/engine"
	engineapi "github.com/kyverno/kyverno/pkg/engine/api"
	"github.com/kyverno/kyverno/pkg/engine/factories"
	"github.com/kyverno/kyverno/pkg/engine/policycontext"
	"github.com/kyverno/kyverno/pkg/exceptions"
	imageverifycache "github.com/kyverno/kyverno/pkg/image/verification/cache"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	kjson "k8s.io/apimachinery/pkg/util/json"
)

type judgement struct {
	Op         string                       `json:"op"`
	Policy     json.RawMessage              `json:"policy"`
	Resource   json.RawMessage              `json:"resource"`
	Old        json.RawMessage              `json:"old"`
	Operation  string                       `json:"operation"`
	Labels     map[string]string            `json:"labels"`
	Info       *kyvernov2.RequestInfo       `json:"info"`
	Exceptions []*kyvernov2.PolicyException `json:"exceptions"`
	Objects    []json.RawMessage            `json:"objects"`
	Exact      bool                         `json:"exact"`
	Times      int                          `json:"times"`
}

type ruleOutcome struct {
	Name       string           `json:"name"`
	Status     string           `json:"status"`
	Message    string           `json:"message"`
	Exceptions []string         `json:"exceptions,omitempty"`
	Generated  []map[string]any `json:"generated,omitempty"`
	Target     map[string]any   `json:"target,omitempty"`
}

type policyOutcome struct {
	Rules   []ruleOutcome  `json:"rules"`
	Patched map[string]any `json:"patched,omitempty"`
}

var configuration = config.NewDefaultConfiguration(false)

func policyAnswer(line []byte) (reply any) {
	defer func() {
		if caught := recover(); caught != nil {
			reply = map[string]any{"panic": fmt.Sprint(caught)}
		}
	}()
	var asked judgement
	if err := json.Unmarshal(line, &asked); err != nil {
		return map[string]any{"error": "question: " + err.Error()}
	}
	different, seen := []json.RawMessage{}, map[string]bool{}
	for range max(asked.Times, 1) {
		found, err := judge(asked)
		if err != nil {
			return map[string]any{"error": err.Error()}
		}
		text, err := json.Marshal(found)
		if err != nil {
			fail(err)
		}
		if !seen[string(text)] {
			seen[string(text)] = true
			different = append(different, text)
		}
	}
	return map[string]any{"outcomes": different}
}

// judge decodes anew for every try, because rules write into what they are given.
func judge(asked judgement) (*policyOutcome, error) {
	policy, err := policyOf(asked.Policy)
	if err != nil {
		return nil, err
	}
	about, err := contextOf(asked, policy)
	if err != nil {
		return nil, err
	}
	var client engineapi.Client
	var cluster *cluster
	if asked.Op == "generate" || asked.Objects != nil {
		cluster, err = clusterOf(asked)
		if err != nil {
			return nil, err
		}
		client = cluster.client()
	}
	isCluster := false
	judge := engine.NewEngine(
		configuration, expressions, client, nil, imageverifycache.DisabledImageVerifyCache(),
		factories.DefaultContextLoaderFactory(nil), exceptions.New(lister(asked.Exceptions)), &isCluster,
	)
	var response engineapi.EngineResponse
	switch asked.Op {
	case "validate":
		response = judge.Validate(context.Background(), about)
	case "mutate":
		response = judge.Mutate(context.Background(), about)
	case "generate":
		response = judge.ApplyBackgroundChecks(context.Background(), about)
	default:
		return nil, fmt.Errorf("no operation %q", asked.Op)
	}
	found := &policyOutcome{Rules: []ruleOutcome{}}
	for _, rule := range response.PolicyResponse.Rules {
		told := told(rule)
		if asked.Op == "generate" && rule.Status() == engineapi.RuleStatusPass {
			if told.Generated, err = cluster.generate(about, rule.Name()); err != nil {
				told.Status, told.Message = string(engineapi.RuleStatusError), err.Error()
			}
		}
		found.Rules = append(found.Rules, told)
	}
	if asked.Op == "mutate" {
		found.Patched = response.PatchedResource.Object
	}
	return found, nil
}

func told(rule engineapi.RuleResponse) ruleOutcome {
	found := ruleOutcome{Name: rule.Name(), Status: string(rule.Status()), Message: rule.Message()}
	for _, exception := range rule.Exceptions() {
		found.Exceptions = append(found.Exceptions, exception.GetNamespace()+"/"+exception.GetName())
	}
	if target, _, _ := rule.PatchedTarget(); target != nil {
		found.Target = target.Object
	}
	return found
}

func policyOf(text json.RawMessage) (policy kyvernov1.PolicyInterface, err error) {
	var kind struct {
		Kind string `json:"kind"`
	}
	if err = json.Unmarshal(text, &kind); err != nil {
		return nil, err
	}
	if kind.Kind == "Policy" {
		policy = &kyvernov1.Policy{}
	} else {
		policy = &kyvernov1.ClusterPolicy{}
	}
	if err = json.Unmarshal(text, policy); err == nil {
		// As the command line does: a cluster that is made up applies nothing.
		policy.GetSpec().UseServerSideApply = false
	}
	return policy, err
}

func (j judgement) objectOf(text json.RawMessage) (object unstructured.Unstructured, err error) {
	if len(text) > 0 && j.Exact {
		err = kjson.Unmarshal(text, &object.Object)
	} else if len(text) > 0 {
		err = json.Unmarshal(text, &object.Object)
	}
	return object, err
}

// contextOf makes the context of a request as the command line does, with an old object of its own.
func contextOf(asked judgement, policy kyvernov1.PolicyInterface) (*policycontext.PolicyContext, error) {
	resource, err := asked.objectOf(asked.Resource)
	if err != nil {
		return nil, err
	}
	old, err := asked.objectOf(asked.Old)
	if err != nil {
		return nil, err
	}
	object := resource
	if asked.Operation == string(kyvernov1.Delete) {
		object, old = unstructured.Unstructured{}, resource
	}
	about, err := engine.NewPolicyContext(
		expressions, resource, kyvernov1.AdmissionOperation(asked.Operation), asked.Info, configuration,
	)
	if err != nil {
		return nil, err
	}
	about = about.WithNewResource(object).WithOldResource(old)
	variables := about.JSONContext()
	asked.Exact = false
	if object.Object != nil {
		floats, err := asked.objectOf(asked.Resource)
		if err == nil {
			err = variables.AddResource(floats.Object)
		}
		if err != nil {
			return nil, err
		}
	}
	if old.Object != nil {
		before := asked.Old
		if object.Object == nil {
			before = asked.Resource
		}
		floats, err := asked.objectOf(before)
		if err == nil {
			err = variables.AddOldResource(floats.Object)
		}
		if err != nil {
			return nil, err
		}
	}
	return about.
		WithPolicy(policy).
		WithNamespaceLabels(asked.Labels).
		WithResourceKind(resource.GroupVersionKind(), ""), nil
}

type lister []*kyvernov2.PolicyException

func (l lister) List(labels.Selector) ([]*kyvernov2.PolicyException, error) {
	return l, nil
}
