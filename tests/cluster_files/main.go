// Checks deployment files with the libraries of those who will read them: Kubernetes' own API types and pod
// security checks, kustomize, Docker Compose's loader, BuildKit's Dockerfile front end. Needs no engine and, once
// built, no network. One command each; findings go to standard output as JSON.
//
//	check kubernetes <manifests.yaml      strict decoding, and the pod security standard "restricted"
//	check kustomize FOLDER                what `kubectl apply -k` would send
//	check compose FILE                    the project as Docker Compose reads it, with all profiles
//	check dockerfile FILE                 what `docker build --check` would say
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("one of kubernetes, kustomize, compose, dockerfile"))
	}
	commands := map[string]func([]string) (any, error){
		"kubernetes": kubernetes, "kustomize": kustomize, "compose": compose, "dockerfile": dockerfile,
	}
	command, known := commands[os.Args[1]]
	if !known {
		fail(fmt.Errorf("no command %q", os.Args[1]))
	}
	found, err := command(os.Args[2:])
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
