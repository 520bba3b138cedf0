package main

import (
	"fmt"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// kustomize builds a folder and returns its resources.
func kustomize(arguments []string) (any, error) {
	if len(arguments) != 1 {
		return nil, fmt.Errorf("check kustomize FOLDER")
	}
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(
		filesys.MakeFsOnDisk(), arguments[0])
	if err != nil {
		return nil, err
	}
	found := []map[string]any{}
	for _, each := range resources.Resources() {
		fields, err := each.Map()
		if err != nil {
			return nil, err
		}
		found = append(found, fields)
	}
	return found, nil
}
