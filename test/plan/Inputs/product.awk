# A product of n factors, and its derivative.
BEGIN {
  printf "program p(x: [M] real, y: [N] real) -> a: [M] real {\n    a[i] = sum[j](1"
  for (k = 0; k < n; ++k)
    printf "\n        * %s", k % 2 ? "y[j]" : "x[i]"
  print ")\n}\nderive p_vjp = vjp(p, x)"
}
