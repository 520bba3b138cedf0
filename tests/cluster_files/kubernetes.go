package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// kubernetes decodes every document on standard input as the API server would with
// fieldValidation=Strict; unknown and repeated fields and wrong types are findings.
func kubernetes([]string) (any, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{appsv1.AddToScheme, batchv1.AddToScheme, corev1.AddToScheme,
		networkingv1.AddToScheme, policyv1.AddToScheme, rbacv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, err
	}
	findings := []string{}
	documents := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return findings, nil
		}
		if err != nil {
			return nil, err
		}
		object, kind, err := decoder.Decode(document, nil, nil)
		if err != nil {
			findings = append(findings, err.Error())
			continue
		}
		name := "?"
		if meta, ok := object.(metav1.Object); ok {
			name = meta.GetName()
		}
		if spec, meta := podOf(object); spec != nil {
			for _, each := range evaluator.EvaluatePod(
				api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}, meta, spec) {
				if !each.Allowed {
					findings = append(findings, fmt.Sprintf("%s %s: not restricted: %s: %s",
						kind.Kind, name, each.ForbiddenReason, each.ForbiddenDetail))
				}
			}
		}
	}
}

func podOf(object runtime.Object) (*corev1.PodSpec, *metav1.ObjectMeta) {
	switch each := object.(type) {
	case *corev1.Pod:
		return &each.Spec, &each.ObjectMeta
	case *appsv1.Deployment:
		return &each.Spec.Template.Spec, &each.Spec.Template.ObjectMeta
	case *appsv1.StatefulSet:
		return &each.Spec.Template.Spec, &each.Spec.Template.ObjectMeta
	case *batchv1.Job:
		return &each.Spec.Template.Spec, &each.Spec.Template.ObjectMeta
	case *batchv1.CronJob:
		return &each.Spec.JobTemplate.Spec.Template.Spec, &each.Spec.JobTemplate.Spec.Template.ObjectMeta
	}
	return nil, nil
}
