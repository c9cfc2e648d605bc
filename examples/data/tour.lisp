; A tour for lisp.toy.

(display "Arithmetic:" (+ 1 2 3) (- 10 4) (* 2 3.5) (/ 7 2) (quotient 7 2) (- 5))

(define (fact n)
  (if (< n 2) 1 (* n (fact (- n 1)))))
(display "20! =" (fact 20) "and 30! =" (fact 30))

; Closures keep their variables.
(define (make-counter)
  (let ((count 0))
    (lambda ()
      (set! count (+ count 1))
      count)))
(define tick (make-counter))
(define other (make-counter))
(tick)
(tick)
(display "Counters:" (tick) (other))

; Procedures are values.
(define (compose f g) (lambda (x) (f (g x))))
(define (square x) (* x x))
(display "Composed:" ((compose square sqrt) 2.25) (map (compose square square) '(1 2 3)))
(display "Names:" square tick car (lambda (x) x))

; Any number of arguments.
(define (average . numbers) (/ (apply + numbers) (length numbers)))
(display "Average:" (average 1 2 3 4))

; Quoted lists are data.
(define (flatten tree)
  (cond ((null? tree) '())
        ((list? tree) (append (flatten (car tree)) (flatten (cdr tree))))
        (else (list tree))))
(display "Flat:" (flatten '(1 (2 (3 4)) ((5)) "six")))

; Quicksort.
(define (sort items)
  (if (null? items)
      '()
      (let ((pivot (car items)) (rest (cdr items)))
        (append (sort (filter (lambda (x) (< x pivot)) rest))
                (list pivot)
                (sort (filter (lambda (x) (>= x pivot)) rest))))))
(display "Sorted:" (sort '(3 1 4 1 5 9 2 6 5 3 5)))

; Calls in tail position cost nothing, not even when two procedures call each other.
(define (even? n) (if (= n 0) true (odd? (- n 1))))
(define (odd? n) (if (= n 0) false (even? (- n 1))))
(display "Is 20001 even?" (even? 20001))

; and, or and cond evaluate only what they need.
(display "Short:" (and 1 2 3) (and 1 false (nonsense)) (or false 7 (nonsense)) (or))

; The first primes, by a sieve.
(define (sieve numbers)
  (if (null? numbers)
      '()
      (let ((p (car numbers)))
        (cons p (sieve (filter (lambda (n) (not (= 0 (remainder n p)))) (cdr numbers)))))))
(display "Primes:" (sieve (range 2 50)))

(display (string "A string with \"quotes\", " 1 " number and a list: " '(a "b" (c))))
