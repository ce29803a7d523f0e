// Judges a history of calls (torture/cluster/history.ts): is there an order of all calls, each at a moment between its
// call and its return, in which a ledger would have given every answer? porcupine looks for it, one group of accounts
// at a time. The model below is all that it knows of a ledger.
//
//	porcupine history.jsonl    exit code 0: there is; 1: there is none; 2: the history cannot be read, or time is over
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

const (
	accounts = 4
	patience = 5 * time.Minute
)

// One line of the history.
type line struct {
	Group  int             `json:"group"`
	Client int             `json:"client"`
	Call   int64           `json:"call"`
	Return *int64          `json:"return"`
	Op     string          `json:"op"`
	ID     string          `json:"id"`
	Debit  int             `json:"debit"`
	Credit int             `json:"credit"`
	Amount int64           `json:"amount"`
	Answer json.RawMessage `json:"answer"`
}

type kind int

const (
	transfer kind = iota
	balances
	find
)

// What was asked.
type input struct {
	kind          kind
	debit, credit int
	amount        int64
	// Which of the transfers that somebody looks for this is, or is looked for; -1: nobody looks for it.
	bit int
}

// What was heard; known is false where nothing was.
type output struct {
	known    bool
	created  bool
	found    bool
	balances [accounts][2]int64
}

// A group's accounts, debits and credits each, and which of the transfers that somebody looks for are there. It is
// compared as it is, so the set is a string.
type state struct {
	balances [accounts][2]int64
	there    string
}

func has(there string, bit int) bool {
	return bit/8 < len(there) && there[bit/8]&(1<<(bit%8)) != 0
}

func with(there string, bit int) string {
	if bit < 0 {
		return there
	}
	bytes := []byte(there)
	for len(bytes) <= bit/8 {
		bytes = append(bytes, 0)
	}
	bytes[bit/8] |= 1 << (bit % 8)
	return string(bytes)
}

// The first account may owe; the others have no more debits than credits.
func mayPay(before state, in input) bool {
	of := before.balances[in.debit]
	return in.debit == 0 || of[0]+in.amount <= of[1]
}

func step(st, in, out interface{}) (bool, interface{}) {
	before, asked, heard := st.(state), in.(input), out.(output)
	switch asked.kind {
	case balances:
		return !heard.known || before.balances == heard.balances, before
	case find:
		return !heard.known || has(before.there, asked.bit) == heard.found, before
	}
	may := mayPay(before, asked)
	if heard.known && may != heard.created {
		return false, before
	}
	if !may {
		return true, before
	}
	after := before
	after.balances[asked.debit][0] += asked.amount
	after.balances[asked.credit][1] += asked.amount
	after.there = with(before.there, asked.bit)
	return true, after
}

var model = porcupine.Model{
	Init:              func() interface{} { return state{} },
	Step:              step,
	DescribeOperation: func(in, out interface{}) string { return fmt.Sprintf("%+v: %+v", in, out) },
}

func main() {
	if len(os.Args) != 2 {
		fail("usage: porcupine history.jsonl")
	}
	groups, err := read(os.Args[1])
	if err != nil {
		fail(err.Error())
	}
	numbers := make([]int, 0, len(groups))
	for number := range groups {
		numbers = append(numbers, number)
	}
	sort.Ints(numbers)
	code, calls := 0, 0
	for _, number := range numbers {
		history, err := operations(groups[number])
		if err != nil {
			fail(err.Error())
		}
		calls += len(history)
		switch porcupine.CheckOperationsTimeout(model, history, patience) {
		case porcupine.Illegal:
			fmt.Printf("group %d: no order of its %d calls gives these answers\n", number, len(history))
			code = max(code, 1)
		case porcupine.Unknown:
			fmt.Printf("group %d: no verdict on its %d calls within %s\n", number, len(history), patience)
			code = max(code, 2)
		}
	}
	if code == 0 {
		fmt.Printf("%d calls of %d groups are linearizable\n", calls, len(numbers))
	}
	os.Exit(code)
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(2)
}

func read(path string) (map[int][]line, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	groups := map[int][]line{}
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for count := 1; scanner.Scan(); count++ {
		var one line
		if err := json.Unmarshal(scanner.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("line %d: %w", count, err)
		}
		groups[one.Group] = append(groups[one.Group], one)
	}
	return groups, scanner.Err()
}

// The calls of one group as porcupine takes them.
func operations(lines []line) ([]porcupine.Operation, error) {
	bits := map[string]int{}
	for _, one := range lines {
		if _, known := bits[one.ID]; one.Op == "find" && !known {
			bits[one.ID] = len(bits)
		}
	}
	history := make([]porcupine.Operation, 0, len(lines))
	for _, one := range lines {
		asked := input{debit: one.Debit, credit: one.Credit, amount: one.Amount, bit: -1}
		if bit, wanted := bits[one.ID]; wanted {
			asked.bit = bit
		}
		heard := output{known: one.Return != nil}
		var err error
		switch one.Op {
		case "transfer":
			asked.kind = transfer
			var answer string
			if heard.known {
				err = json.Unmarshal(one.Answer, &answer)
			}
			heard.created = answer == "created"
		case "balances":
			asked.kind = balances
			if heard.known {
				err = json.Unmarshal(one.Answer, &heard.balances)
			}
		case "find":
			asked.kind = find
			if heard.known {
				err = json.Unmarshal(one.Answer, &heard.found)
			}
		default:
			err = fmt.Errorf("there is no call %q", one.Op)
		}
		if err != nil {
			return nil, err
		}
		// A read that nobody heard tells nothing.
		if !heard.known && asked.kind != transfer {
			continue
		}
		// A create without an answer may take effect at any time from its call on, or never: at the end it is the same.
		returned := int64(math.MaxInt64)
		if heard.known {
			returned = *one.Return
		}
		history = append(history, porcupine.Operation{
			ClientId: one.Client, Input: asked, Call: one.Call, Output: heard, Return: returned,
		})
	}
	return history, nil
}
