// The cluster that rules see: the object in question and what else the question says is there.

package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/go-logr/logr"
	kyvernov1 "github.com/kyverno/kyverno/api/kyverno/v1"
	"github.com/kyverno/kyverno/pkg/background/generate"
	"github.com/kyverno/kyverno/pkg/clients/dclient"
	"github.com/kyverno/kyverno/pkg/engine"
	"github.com/kyverno/kyverno/pkg/engine/adapters"
	engineapi "github.com/kyverno/kyverno/pkg/engine/api"
	"github.com/kyverno/kyverno/pkg/engine/factories"
	"github.com/kyverno/kyverno/pkg/engine/policycontext"
	imageverifycache "github.com/kyverno/kyverno/pkg/image/verification/cache"
	kubeutils "github.com/kyverno/kyverno/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

type cluster struct {
	fake dclient.Interface
}

func clusterOf(asked judgement) (*cluster, error) {
	kinds := map[schema.GroupVersionResource]string{}
	objects := []runtime.Object{}
	for _, text := range append([]json.RawMessage{asked.Resource}, asked.Objects...) {
		object, err := asked.objectOf(text)
		if err != nil {
			return nil, err
		}
		kind := object.GroupVersionKind()
		kinds[kind.GroupVersion().WithResource(strings.ToLower(kind.Kind)+"s")] = kind.Kind + "List"
		objects = append(objects, &object)
	}
	var policy kyvernov1.ClusterPolicy
	if err := json.Unmarshal(asked.Policy, &policy); err != nil {
		return nil, err
	}
	for _, rule := range policy.Spec.Rules {
		if rule.Generation == nil {
			continue
		}
		for _, kind := range rule.Generation.CloneList.Kinds {
			version, kind := kubeutils.GetKindFromGVK(kind)
			if group, err := schema.ParseGroupVersion(version); err == nil {
				kinds[group.WithResource(strings.ToLower(kind)+"s")] = kind + "List"
			}
		}
	}
	fake, err := dclient.NewFakeClient(runtime.NewScheme(), kinds, objects...)
	if err != nil {
		return nil, err
	}
	fake.SetDiscovery(dclient.NewFakeDiscoveryClient(slices.Collect(maps.Keys(kinds))))
	return &cluster{fake}, nil
}

func (c *cluster) client() engineapi.Client {
	return adapters.Client(c.fake)
}

// generate makes what a rule makes, and tells it.
func (c *cluster) generate(about *policycontext.PolicyContext, rule string) ([]map[string]any, error) {
	controller := generate.NewGenerateControllerWithOnlyClient(c.fake, engine.NewEngine(
		configuration, expressions, c.client(), nil, imageverifycache.DisabledImageVerifyCache(),
		factories.DefaultContextLoaderFactory(nil), nil, nil,
	))
	made, err := controller.ApplyGeneratePolicy(logr.Discard(), about, []string{rule})
	if err != nil {
		return nil, err
	}
	found := []map[string]any{}
	for _, specs := range made {
		objects, err := controller.GetUnstrResources(specs)
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			found = append(found, object.Object)
		}
	}
	return found, nil
}
