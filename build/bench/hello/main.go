// Hello is the smallest program there is, to hold start-up times against.
package main

import "fmt"

func main() { fmt.Println("hello, world") }
