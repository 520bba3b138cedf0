package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/compose-spec/compose-go/v2/cli"
)

// compose loads a file: JSON schema, interpolation from this process's environment, then the rules between
// services (what they depend on, whose network they share, which secrets they name).
func compose(arguments []string) (any, error) {
	if len(arguments) != 1 {
		return nil, fmt.Errorf("check compose FILE")
	}
	options, err := cli.NewProjectOptions(arguments, cli.WithOsEnv, cli.WithProfiles([]string{"*"}),
		cli.WithInterpolation(true), cli.WithConsistency(true))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	text, err := project.MarshalJSON()
	return json.RawMessage(text), err
}
