// Says what Helm and Argo CD read in files: both call sigs.k8s.io/yaml, not strict. Standard input is a row of files, each as
// its length in decimal, a line feed and its bytes; standard output is one line of JSON for each.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	goyaml "go.yaml.in/yaml/v2"
	"sigs.k8s.io/yaml"
)

// value is what one key says. Shown is the text that a template renders from it, Written the text that stands in the file.
type value struct {
	Type    string `json:"type"`
	Shown   string `json:"shown,omitempty"`
	Written string `json:"written,omitempty"`
}

type answer struct {
	// Refused: neither a mapping nor a list of mappings can be read. Empty: null. Else mapping or list.
	Kind     string             `json:"kind"`
	Error    string             `json:"error,omitempty"`
	Mappings []map[string]value `json:"mappings,omitempty"`
}

// written reads the same keys into strings, which is how the library tells a scalar as it stands in the file.
type written struct {
	Version *string `yaml:"version"`
	Name    *string `yaml:"name"`
}

func read(file []byte) answer {
	var mapping map[string]interface{}
	err := yaml.Unmarshal(file, &mapping)
	if err == nil && mapping == nil {
		return answer{Kind: "empty"}
	}
	if err == nil {
		var text written
		_ = goyaml.Unmarshal(file, &text)
		return answer{Kind: "mapping", Mappings: []map[string]value{describe(mapping, text)}}
	}
	// Argo CD's generator tries a list next, in the same way.
	var list []map[string]interface{}
	if yaml.Unmarshal(file, &list) != nil {
		return answer{Kind: "refused", Error: err.Error()}
	}
	var texts []written
	_ = goyaml.Unmarshal(file, &texts)
	result := answer{Kind: "list"}
	for i, one := range list {
		var text written
		if i < len(texts) {
			text = texts[i]
		}
		result.Mappings = append(result.Mappings, describe(one, text))
	}
	return result
}

func describe(mapping map[string]interface{}, text written) map[string]value {
	result := map[string]value{}
	for key, standing := range map[string]*string{"version": text.Version, "name": text.Name} {
		found, ok := mapping[key]
		if !ok {
			continue
		}
		said := value{Shown: fmt.Sprint(found)}
		switch found.(type) {
		case nil:
			said = value{Type: "null"}
		case string:
			said.Type = "string"
		case bool:
			said.Type = "bool"
		case float64:
			said.Type = "number"
		default:
			said = value{Type: "collection"}
		}
		if standing != nil && said.Type != "collection" {
			said.Written = *standing
		}
		result[key] = said
	}
	return result
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for {
		var length int
		if _, err := fmt.Fscanf(in, "%d\n", &length); err != nil {
			return
		}
		file := make([]byte, length)
		if _, err := io.ReadFull(in, file); err != nil {
			panic(err)
		}
		if err := encoder.Encode(read(file)); err != nil {
			panic(err)
		}
	}
}
