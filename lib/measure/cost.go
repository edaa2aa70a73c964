package measure

import (
	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// cost puts the measured parts and their prices beside the cost per hour.
func (m *measurer) cost(kpis schema.KPIs) *schema.Cost {
	k, ok := kpis["cost_per_hour"]
	if !ok {
		return nil
	}
	prices := m.plan.Catalogue.Prices
	c := &schema.Cost{Currency: prices.Currency, Reason: k.Reason}
	perHour, known := k.Of()
	if !known {
		return c
	}
	c.PerHour = schema.Num(perHour)
	hours := m.plan.Window.Hours()
	c.Total = schema.Num(perHour * hours)
	if requests, ok := kpis.Of("requests"); ok && requests > 0 {
		c.PerThousandRequests = schema.Num(perHour * hours / requests * 1000)
	}
	if !kpi.NeedsPrices(m.whole().chosen["cost_per_hour"].Series) {
		return c // a cost metric answered; its parts are its own affair
	}
	c.PriceSheet = prices.String()
	for _, part := range []struct {
		name, key, unit string
		price           *float64
	}{{"cpu", "cpu_cores", "cores", prices.CPUCoreHour}, {"memory", "memory_gib", "GiB", prices.GiBHour}} {
		if quantity, ok := kpis.Of(part.key); ok && part.price != nil {
			c.Parts = append(c.Parts, schema.CostPart{
				Name: part.name, Quantity: quantity, Unit: part.unit,
				Price: *part.price, PerHour: quantity * *part.price,
			})
		}
	}
	return c
}
