package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

type instruction struct {
	Line int
	Name string
	Text string
}

type stage struct {
	Name, Base   string
	Instructions []instruction
}

// dockerfile reads a file as BuildKit does, typed: an unknown instruction, flag or argument is an error. Returns
// its stages and BuildKit's own warnings.
func dockerfile(arguments []string) (any, error) {
	if len(arguments) != 1 {
		return nil, fmt.Errorf("check dockerfile FILE")
	}
	text, err := os.ReadFile(arguments[0])
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	warnings := []string{}
	for _, each := range parsed.Warnings {
		warnings = append(warnings, each.Short)
	}
	warn := func(rule, _, _, message string, where []parser.Range) {
		warnings = append(warnings, fmt.Sprintf("line %d: %s: %s", where[0].Start.Line, rule, message))
	}
	stages, _, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{Warn: warn}))
	if err != nil {
		return nil, err
	}
	found := []stage{}
	for _, each := range stages {
		commands := []instruction{}
		for _, command := range each.Commands {
			commands = append(commands, instruction{
				command.Location()[0].Start.Line, command.Name(), fmt.Sprint(command)})
		}
		found = append(found, stage{each.Name, each.BaseName, commands})
	}
	return map[string]any{"stages": found, "warnings": warnings}, nil
}
