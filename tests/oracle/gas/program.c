/* What a compiler makes of it is a source for both assemblers: every kind of operand and directive. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct record { int a; char b; double d; long e[8]; short sh; };
static const char *names[] = {"one", "two", "three"};
int total = 5;
static long counter;
double factor = 3.25;
float half = 1.5f;
_Atomic int shared;

static int helper(int x) { counter += x; return counter * 3; }

int choose(int x, char **v) {
    switch (x) {
    case 0: return puts(names[0]);
    case 1: return helper(3);
    case 2: return (int)strlen(v[1]);
    case 3: return x * 7;
    case 4: return total++;
    case 5: return total << x;
    case 6: return -1;
    case 7: return choose(2, v);
    default: return x % 13;
    }
}

double floats(double a, float b, int i, long l, unsigned u) {
    if (a > b) return a * i + l / 3.0;
    return (double)u + (float)l - b + factor * half;
}

void copy(struct record *p, const struct record *q, int n) {
    for (int i = 0; i < n; i++) {
        p[i] = q[i];
        p[i].a ^= q[i].b;
        p[i].sh += 3;
        p[i].d = -p[i].d;
    }
}

uint64_t hash(const unsigned char *p, size_t n) {
    uint64_t x = 14695981039346656037ull;
    while (n--) {
        x ^= *p++;
        x *= 1099511628211ull;
        x = (x << 13) | (x >> 51);
    }
    return x;
}

long divide(long a, long b, unsigned c) {
    return a / b + a % 7 + c / 10 + (a > b ? a : b) + __builtin_popcountll(a) + __builtin_clzl(b | 1);
}

__int128 multiply(long a, unsigned long b) { return (__int128)a * b; }
int twice(int (*f)(int), int x) { return f(x) + f(x + 1); }
void scale(float *a, float *b, int n) { for (int i = 0; i < n; i++) a[i] = a[i] * b[i] + 1.0f; }
void widen(int *a, unsigned char *b, int n) { for (int i = 0; i < n; i++) a[i] += b[i] << 2; }
int swap(int x) { __sync_fetch_and_add(&shared, x); return __sync_bool_compare_and_swap(&shared, x, 3); }

int main(int c, char **v) {
    char text[200];
    memset(text, c, sizeof text);
    snprintf(text, sizeof text, "%d %f %s", choose(c, v), floats(c, 2, 3, 4, 5), v[0]);
    printf("%s %lx\n", text, (long)hash((void *)text, 20));
    long double wide = c;
    wide = wide * 3 + 1;
    return (int)wide + divide(c, 3, 4);
}
