// What Argo CD would call OutOfSync: a three-way patch of what was rendered against what is in the cluster, as a strategic merge for
// Kubernetes' own kinds and as a JSON merge (lists as a whole) for custom resources. Reads {"rendered": ..., "live": ...} one after the
// other; prints one line for each object that differs.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	for pairs := json.NewDecoder(os.Stdin); pairs.More(); {
		var pair struct{ Rendered, Live map[string]any }
		if err := pairs.Decode(&pair); err != nil {
			log.Fatal(err)
		}
		patch, err := difference(pair.Rendered, pair.Live)
		if err != nil {
			log.Fatal(err)
		}
		if string(patch) != "{}" {
			object := unstructured.Unstructured{Object: pair.Rendered}
			fmt.Printf("%s %s differs: %s\n", object.GetKind(), object.GetName(), patch)
		}
	}
}

func difference(rendered, live map[string]any) ([]byte, error) {
	want, err := json.Marshal(rendered)
	if err != nil {
		return nil, err
	}
	have, err := json.Marshal(live)
	if err != nil {
		return nil, err
	}
	object, err := scheme.Scheme.New((&unstructured.Unstructured{Object: rendered}).GroupVersionKind())
	if err != nil {
		return jsonmergepatch.CreateThreeWayJSONMergePatch(want, want, have)
	}
	meta, err := strategicpatch.NewPatchMetaFromStruct(object)
	if err != nil {
		return nil, err
	}
	return strategicpatch.CreateThreeWayMergePatch(want, want, have, meta, true)
}
