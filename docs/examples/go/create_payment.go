// Creates a payment, with the standard library alone: go run create_payment.go
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

type Payment struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Action *struct {
		QRCode string `json:"qr_code"`
	} `json:"action"`
}

type Problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func createPayment(order map[string]any) (*Payment, error) {
	body, err := json.Marshal(order)
	if err != nil {
		return nil, err
	}
	url := os.Getenv("PAYMUX_URL") + "/v1/payments"
	request, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("PAYMUX_KEY"))
	// The same key on every repeat: the order is paid once, however often this is sent.
	request.Header.Set("Idempotency-Key", order["order_no"].(string))
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: 20 * time.Second}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		var problem Problem
		if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %s", problem.Code, problem.Detail)
	}
	var payment Payment
	return &payment, json.NewDecoder(answer.Body).Decode(&payment)
}

func main() {
	payment, err := createPayment(map[string]any{
		"order_no": os.Getenv("ORDER_NO"),
		"amount":   888,
		"currency": "CNY",
		"subject":  "Jasmine tea",
		"method":   "qr",
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(payment.ID, payment.Status)
	if payment.Action != nil {
		fmt.Println(payment.Action.QRCode)
	}
}
