// types: the Go types that Pod Security rules read resources into, a line each. The question is any line.
//
//	{"types": ["Affinity nodeAffinity:NodeAffinity podAffinity:PodAffinity", …]}
//
// A type is `string`, `bool`, `int32`, `int64`, a number; `[]` and `{}` before it make a list and a map of it;
// `v1.Name=` before it is the name it has in messages. A field of an embedded type has that before its name.

package main

import (
	"reflect"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Types that read themselves.
var readers = map[reflect.Type]string{
	reflect.TypeFor[resource.Quantity]():  "quantity",
	reflect.TypeFor[intstr.IntOrString](): "intOrString",
	reflect.TypeFor[metav1.Time]():        "time",
	reflect.TypeFor[metav1.FieldsV1]():    "any",
}

func typesAnswer([]byte) any {
	seen := map[reflect.Type]bool{}
	lines := []string{}
	for _, root := range []any{corev1.Pod{}, appsv1.Deployment{}, batchv1.CronJob{}} {
		describe(reflect.TypeOf(root), seen, &lines)
	}
	slices.Sort(lines)
	return map[string]any{"types": lines}
}

func describe(of reflect.Type, seen map[reflect.Type]bool, lines *[]string) {
	if seen[of] {
		return
	}
	seen[of] = true
	fields := []string{}
	collect(of, "", seen, lines, &fields)
	slices.Sort(fields)
	*lines = append(*lines, of.Name()+" "+strings.Join(fields, " "))
}

func collect(of reflect.Type, embedded string, seen map[reflect.Type]bool, lines, fields *[]string) {
	for field := range of.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if field.Anonymous && name == "" {
			collect(field.Type, embedded+field.Name+".", seen, lines, fields)
			continue
		}
		*fields = append(*fields, embedded+name+":"+named(field.Type, seen, lines))
	}
}

func named(of reflect.Type, seen map[reflect.Type]bool, lines *[]string) string {
	if name, ok := readers[of]; ok {
		return name
	}
	switch of.Kind() {
	case reflect.Pointer:
		return named(of.Elem(), seen, lines)
	case reflect.Slice:
		return "[]" + named(of.Elem(), seen, lines)
	case reflect.Map:
		found := "{}" + named(of.Elem(), seen, lines)
		if of.Name() != "" {
			found = of.String() + "=" + found
		}
		return found
	case reflect.Struct:
		describe(of, seen, lines)
		return of.Name()
	}
	if of.String() == of.Kind().String() {
		return of.String()
	}
	return of.String() + "=" + of.Kind().String()
}
