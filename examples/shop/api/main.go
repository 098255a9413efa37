// Command api keeps the orders of the shop, in memory. Its neighbours are web,
// which takes orders, and worker, which works out what they cost.
package main

import (
	"cmp"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// Order is what web sends and worker completes. Total is in cents, 0 until it is
// known.
type Order struct {
	ID    int    `json:"id"`
	Item  string `json:"item"`
	Count int    `json:"count"`
	Total int    `json:"total"`
}

type shop struct {
	mu     sync.Mutex
	orders []Order
}

func main() {
	s := &shop{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]string{"status": "up"})
	})
	mux.HandleFunc("GET /orders", s.list)
	mux.HandleFunc("POST /orders", s.add)
	mux.HandleFunc("POST /orders/{id}/total", s.setTotal)

	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, os.Interrupt)
	go func() {
		<-ended
		log.Print("bye")
		os.Exit(0)
	}()
	address := net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), cmp.Or(os.Getenv("PORT"), "8080"))
	log.Print("orders are kept at ", address)
	log.Fatal(http.ListenAndServe(address, mux))
}

// list prints all orders; with ?open=1 those without a total.
func (s *shop) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	orders := slices.Clone(s.orders)
	if r.FormValue("open") == "1" {
		orders = slices.DeleteFunc(orders, func(o Order) bool { return o.Total != 0 })
	}
	reply(w, http.StatusOK, append([]Order{}, orders...))
}

func (s *shop) add(w http.ResponseWriter, r *http.Request) {
	var o Order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || o.Item == "" || o.Count < 1 {
		http.Error(w, "an order has an item and a count", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o.ID, o.Total = len(s.orders)+1, 0
	s.orders = append(s.orders, o)
	log.Printf("order %d: %d × %s", o.ID, o.Count, o.Item)
	reply(w, http.StatusCreated, o)
}

func (s *shop) setTotal(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 1 || id > len(s.orders) {
		http.NotFound(w, r)
		return
	}
	var o Order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || o.Total < 1 {
		http.Error(w, "a total is a number of cents", http.StatusBadRequest)
		return
	}
	s.orders[id-1].Total = o.Total
	log.Printf("order %d costs %d", id, o.Total)
	reply(w, http.StatusOK, s.orders[id-1])
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}
