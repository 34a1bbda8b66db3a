# Operations on numbers in each sweep of tiled programs: what is left for a pair
# once terms of row i alone and of parameters have left it. A loop over features
# counts once, the single rows at the end of a sweep do not.
/kdsl.program @/ {
  split($2, words, /[@(]/)
  program = words[2]
  sub(/_x86.*/, "", program)
  pass = 0
}
/ktile.sweep .* from %c0 / { depth = count = 0; inside = 1; ++pass; next }
inside && /\{$/ { ++depth }
inside && / (arith|math)\./ && !/arith.constant/ { ++count }
inside && /^ *\}/ && depth-- == 0 {
  printf "%s, pass %d: %d\n", program, pass, count
  inside = 0
}
