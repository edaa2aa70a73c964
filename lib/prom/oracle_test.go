package prom

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/veleron-dev/tars/lib/schema"
)

// oracle reads answers by encoding/json as DecodeMatrix is to read them: the
// long way round, every object as a map.
func oracle(in []byte) (series []schema.MatrixSeries, warnings []string, err error) {
	d := json.NewDecoder(bytes.NewReader(in))
	for n := 0; ; n++ {
		var raw json.RawMessage
		err := d.Decode(&raw)
		if errors.Is(err, io.EOF) && n > 0 {
			slices.Sort(warnings)
			return series, slices.Compact(warnings), nil
		}
		if err != nil {
			return nil, nil, err
		}
		s, w, err := oracleAnswer(raw)
		if err != nil {
			return nil, nil, err
		}
		series, warnings = append(series, s...), append(warnings, w...)
	}
}

func oracleAnswer(raw json.RawMessage) (series []schema.MatrixSeries, warnings []string, err error) {
	if err := uniqueNames(json.NewDecoder(bytes.NewReader(raw))); err != nil {
		return nil, nil, err
	}
	var top, data map[string]json.RawMessage
	var status, errorType, message, resultType *string
	var notes, infos []*string
	if err := errors.Join(
		into(raw, &top), into(top["status"], &status), into(top["errorType"], &errorType), into(top["error"], &message),
		into(top["warnings"], &notes), into(top["infos"], &infos), into(top["data"], &data), into(data["resultType"], &resultType),
	); err != nil {
		return nil, nil, err
	}
	if status == nil || *status != "success" || resultType == nil || *resultType != "matrix" || data["result"] == nil {
		return nil, nil, errors.New("not a matrix")
	}
	for _, note := range append(notes, infos...) {
		if note == nil {
			return nil, nil, errors.New("a warning is null")
		}
		warnings = append(warnings, *note)
	}
	if string(top["isPartial"]) == "true" {
		warnings = append(warnings, "the answer is partial: some storage nodes did not answer")
	}
	var result []map[string]json.RawMessage
	if err := into(data["result"], &result); err != nil {
		return nil, nil, err
	}
	histograms := 0
	for _, element := range result {
		if element == nil || element["value"] != nil || element["histogram"] != nil {
			return nil, nil, errors.New("not a series")
		}
		s := schema.MatrixSeries{Metric: map[string]string{}}
		var labels map[string]*string
		if err := errors.Join(into(element["metric"], &labels), into(element["values"], &s.Values)); err != nil {
			return nil, nil, err
		}
		for name, value := range labels {
			if value == nil {
				return nil, nil, errors.New("a label is null")
			}
			s.Metric[name] = *value
		}
		var some []json.RawMessage
		if h := bytes.TrimSpace(element["histograms"]); len(h) > 0 && h[0] == '[' {
			if err := into(h, &some); err != nil {
				return nil, nil, err
			}
		}
		if len(some) > 0 {
			histograms++
			if len(s.Values) == 0 {
				continue
			}
		}
		series = append(series, s)
	}
	if histograms > 0 {
		warnings = append(warnings, fmt.Sprintf("left out the native histograms of %d series: ask for numbers, e.g. by histogram_quantile", histograms))
	}
	return series, warnings, nil
}

// into decodes what is there.
func into(raw json.RawMessage, v any) error {
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, v)
}

// uniqueNames refuses a name that comes twice in one object.
func uniqueNames(d *json.Decoder) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		seen := map[string]bool{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return err
			}
			text, ok := name.(string)
			if !ok || seen[text] {
				return fmt.Errorf("the name %v comes twice", name)
			}
			seen[text] = true
			if err := uniqueNames(d); err != nil {
				return err
			}
		}
		_, err = d.Token()
	case json.Delim('['):
		for d.More() {
			if err := uniqueNames(d); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	return err
}
