/* Signed distances (metres) of the vehicles drawn in the demo clip. Object axes: x right, y forward, z up, origin on the ground. */
#include <math.h>
#include <string.h>
typedef struct { float x, y, z; } V;
typedef struct { float d; int m; } Hit;
enum { PAINT, GLASS, TYRE, RIM, DARK, TAIL, LAMP, CHROME, SEAT, SHIRT, TROUSERS, SKIN, HELMET, SHOE, AMBER, MATERIALS };
static inline V v(float x, float y, float z) { V r = { x, y, z }; return r; }
static inline V add(V a, V b) { return v(a.x + b.x, a.y + b.y, a.z + b.z); }
static inline V sub(V a, V b) { return v(a.x - b.x, a.y - b.y, a.z - b.z); }
static inline V mul(V a, float s) { return v(a.x * s, a.y * s, a.z * s); }
static inline float dot(V a, V b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static inline float len(V a) { return sqrtf(dot(a, a)); }
static inline V norm(V a) { return mul(a, 1 / (len(a) + 1e-9f)); }
static inline float clampf(float x, float a, float b) { return x < a ? a : x > b ? b : x; }
static inline float smin(float a, float b, float k) { float h = fmaxf(k - fabsf(a - b), 0) / k; return fminf(a, b) - h * h * k * .25f; }
static inline float smax(float a, float b, float k) { return -smin(-a, -b, k); }

static float polygon(const float *p, int n, float x, float y)
{
    float d = 1e9f, s = 1;
    for (int i = 0, j = n - 1; i < n; j = i++) {
        float ex = p[2 * j] - p[2 * i], ey = p[2 * j + 1] - p[2 * i + 1], wx = x - p[2 * i], wy = y - p[2 * i + 1];
        float t = clampf((wx * ex + wy * ey) / (ex * ex + ey * ey), 0, 1), bx = wx - ex * t, by = wy - ey * t;
        d = fminf(d, bx * bx + by * by);
        int a = y >= p[2 * i + 1], b = y < p[2 * j + 1], c = ex * wy > ey * wx;
        if ((a && b && c) || (!a && !b && !c)) s = -s;
    }
    return s * sqrtf(d);
}
static float box(V p, V b, float r)
{
    V q = v(fabsf(p.x) - b.x + r, fabsf(p.y) - b.y + r, fabsf(p.z) - b.z + r);
    V o = v(fmaxf(q.x, 0), fmaxf(q.y, 0), fmaxf(q.z, 0));
    return len(o) + fminf(fmaxf(q.x, fmaxf(q.y, q.z)), 0) - r;
}
static float capsule(V p, V a, V b, float r0, float r1)
{
    V pa = sub(p, a), ba = sub(b, a);
    float h = clampf(dot(pa, ba) / dot(ba, ba), 0, 1);
    return len(sub(pa, mul(ba, h))) - (r0 + (r1 - r0) * h);
}
static float ellipsoid(V p, V r)
{
    float k0 = len(v(p.x / r.x, p.y / r.y, p.z / r.z)), k1 = len(v(p.x / (r.x * r.x), p.y / (r.y * r.y), p.z / (r.z * r.z)));
    return k0 * (k0 - 1) / (k1 + 1e-9f);
}
/* a disc on an axle along x */
static float disc(V p, float radius, float half, float round)
{
    float q = sqrtf(p.y * p.y + p.z * p.z) - radius + round, w = fabsf(p.x) - half + round;
    float ox = fmaxf(q, 0), oy = fmaxf(w, 0);
    return sqrtf(ox * ox + oy * oy) + fminf(fmaxf(q, w), 0) - round;
}
static inline void put(Hit *h, float d, int m) { if (d < h->d) { h->d = d; h->m = m; } }

/* Two car bodies: 0 a saloon, 1 a tall hatchback; kind 2 is a van. Profiles in (y, z). */
static const float BODY[3][24] = {
    { -2.20f, .32f, -2.24f, .60f, -2.18f, .97f, -1.55f, 1.02f, .95f, .95f, 1.75f, .84f, 2.16f, .70f, 2.22f, .48f, 2.15f, .26f, 0, .20f, -1.9f, .22f, -2.1f, .25f },
    { -1.98f, .34f, -2.02f, .62f, -1.99f, 1.00f, -1.5f, 1.08f, .90f, 1.04f, 1.60f, .98f, 1.98f, .82f, 2.05f, .55f, 1.98f, .30f, 0, .24f, -1.7f, .26f, -1.9f, .29f },
    { -2.20f, .34f, -2.24f, .62f, -2.22f, 1.05f, -1.5f, 1.10f, 1.20f, 1.06f, 1.75f, 1.00f, 2.12f, .84f, 2.18f, .55f, 2.10f, .30f, 0, .24f, -1.9f, .26f, -2.1f, .29f } };
static const float CABIN[3][12] = {
    { -1.72f, .90f, -.98f, 1.42f, -.30f, 1.47f, .20f, 1.44f, 1.08f, .88f, 0, .80f },
    { -1.97f, .95f, -1.62f, 1.56f, -.60f, 1.63f, .15f, 1.58f, 1.02f, .95f, 0, .85f },
    { -2.20f, .95f, -2.05f, 1.78f, -.80f, 1.85f, .55f, 1.80f, 1.36f, .98f, 0, .85f } };
static const float BELT[3] = { .98f, 1.07f, 1.09f }, ROOF[3] = { 1.36f, 1.50f, 1.70f }, AXLE[3] = { 1.32f, 1.25f, 1.38f };

static Hit car(V p, int k)
{
    Hit h = { 1e9f, PAINT };
    float ax = fabsf(p.x);
    float front = p.y > 0 ? 2.2f : 2.24f;
    float half = .87f - .10f * powf(clampf(fabsf(p.y) / front, 0, 1), 4) - .05f * clampf((.45f - p.z) / .3f, 0, 1) - .03f * clampf((p.z - .7f) / .4f, 0, 1);
    float body = smax(polygon(BODY[k], 12, p.y, p.z), ax - half, .22f);
    float lean = .79f - (p.z - BELT[k]) * (k == 2 ? .16f : .32f);
    float cabin = smax(polygon(CABIN[k], 6, p.y, p.z), (ax - lean) * .95f, .16f);
    float shell = smin(body, cabin, .06f);
    V w = v(ax - .72f, fabsf(p.y) - AXLE[k], p.z - .32f);
    shell = smax(shell, -disc(v(ax - .80f, w.y, w.z), .375f, .20f, .02f), .02f);
    put(&h, shell, cabin < body - .005f ? GLASS + 100 : PAINT);
    float wheel = disc(w, .315f, .105f, .04f);
    put(&h, wheel, TYRE);
    put(&h, disc(v(ax - .80f, w.y, w.z), .20f, .035f, .01f), RIM);
    V mir = v(ax - .97f, p.y - .72f, p.z - BELT[k] - .06f);
    put(&h, ellipsoid(mir, v(.13f, .07f, .085f)), PAINT);
    put(&h, box(v(p.x, p.y, p.z - .30f), v(.70f, 1.8f, .10f), .03f), DARK);
    return h;
}
/* The material of a car's shell by place; n is the surface normal. */
static int car_paint(V p, V n, int k, int m)
{
    float ax = fabsf(p.x);
    if (m == GLASS + 100) {
        float lean = .79f - (p.z - BELT[k]) * (k == 2 ? .16f : .32f);
        int high = p.z > BELT[k] + .03f && p.z < ROOF[k];
        if (fabsf(n.x) > .72f) {                      /* side windows between the pillars */
            float rear = CABIN[k][0] + (p.z - .9f) * (k == 0 ? 1.3f : .5f) + .22f, ahead = CABIN[k][8] - (p.z - .88f) * 1.45f - .14f;
            int pillar = fabsf(p.y + .22f) < .045f || (k > 0 && fabsf(p.y + 1.15f) < .05f);
            return high && p.y > rear && p.y < ahead && !pillar ? GLASS : PAINT;
        }
        return high && ax < lean - .09f && fabsf(n.y) > .25f ? GLASS : PAINT;
    }
    if (m != PAINT) return m;
    if ((p.y < -1.6f && n.y < -.2f) || (p.y < -1.75f && fabsf(n.x) > .5f)) {
        if (p.z > .70f && p.z < .92f && ax > .50f) return TAIL;
        if (p.z < .40f) return DARK;
        if (p.z > .47f && p.z < .52f && ax > .58f) return TAIL;
        if (k == 0 && fabsf(p.z - .66f) < .008f) return DARK;
        if (fabsf(p.z - .60f) < .007f) return DARK;
    } else if (p.y > 1.5f && n.y > .12f) {
        float slope = .66f + (ax - .5f) * .12f;
        float lamp = k ? .10f : 0;
        if (fabsf(p.z - slope - lamp) < .075f && ax > .47f && ax < .84f) return fabsf(ax - .66f) < .13f ? LAMP : DARK;
        if (fabsf(p.z - .64f - lamp) < .055f && ax < .42f) return fmodf(p.z * 100, 3.4f) < 1.2f ? CHROME : DARK;
        if (p.z > .28f && p.z < .42f && ax < .62f) return DARK;
        if (p.z > .34f && p.z < .42f && ax > .66f && ax < .78f) return LAMP;
    } else if (fabsf(n.x) > .6f) {
        if (p.z < .30f) return DARK;
        float doors[3] = { .80f, -.22f, -1.12f };
        for (int i = 0; i < 3; i++) if (fabsf(p.y - doors[i]) < .008f && p.z > .36f) return DARK;
        if (fabsf(p.z - .84f) < .015f && (fabsf(p.y - .02f) < .09f || fabsf(p.y + .92f) < .09f)) return CHROME;
    }
    return PAINT;
}
/* A scooter with its rider. k = 1: broader rider with a bag between the feet. */
static Hit bike(V p, int k)
{
    Hit h = { 1e9f, PAINT };
    float ax = fabsf(p.x);
    V q = v(ax, p.y, p.z);
    for (int i = -1; i <= 1; i += 2) {
        V w = v(p.x, p.y - .63f * i, p.z - .28f);
        put(&h, disc(w, .29f, i < 0 ? .066f : .055f, .05f), TYRE);
        put(&h, disc(w, .175f, i < 0 ? .07f : .06f, .01f), RIM);
    }
    float tail = smin(box(sub(p, v(0, -.42f, .66f)), v(.125f, .36f, .10f), .08f), box(sub(p, v(0, -.10f, .58f)), v(.14f, .28f, .13f), .09f), .1f);
    put(&h, tail, PAINT);
    put(&h, box(sub(p, v(0, -.22f, .79f)), v(.135f, .40f, .055f), .05f), SEAT);
    put(&h, box(sub(p, v(0, -.80f, .67f)), v(.10f, .035f, .05f), .03f), TAIL);
    put(&h, box(sub(p, v(0, -.78f, .46f)), v(.06f, .03f, .17f), .02f), DARK);       /* mudguard behind the plate */
    put(&h, capsule(q, v(.10f, -.80f, .60f), v(.19f, -.80f, .61f), .014f, .014f), DARK);
    put(&h, ellipsoid(sub(q, v(.21f, -.81f, .61f)), v(.045f, .03f, .035f)), AMBER);
    put(&h, capsule(q, v(.115f, -.45f, .80f), v(.105f, -.80f, .82f), .016f, .016f), CHROME);
    put(&h, capsule(p, v(-.105f, -.80f, .82f), v(.105f, -.80f, .82f), .016f, .016f), CHROME);
    put(&h, capsule(q, v(.115f, -.60f, .30f), v(.115f, -.50f, .62f), .03f, .03f), CHROME);
    put(&h, capsule(q, v(.09f, -.63f, .28f), v(.09f, -.05f, .34f), .035f, .045f), DARK);
    put(&h, capsule(p, v(.15f, -.72f, .36f), v(.13f, -.05f, .26f), .055f, .04f), CHROME);
    put(&h, box(sub(p, v(0, -.02f, .32f)), v(.12f, .34f, .09f), .05f), DARK);
    put(&h, smin(box(sub(p, v(0, .40f, .62f)), v(.19f, .06f, .30f), .05f), box(sub(p, v(0, .46f, .93f)), v(.15f, .10f, .09f), .06f), .1f), PAINT);
    put(&h, capsule(q, v(.07f, .45f, .80f), v(.07f, .63f, .28f), .03f, .03f), DARK);
    put(&h, capsule(q, v(0, .40f, 1.02f), v(.33f, .33f, 1.05f), .02f, .022f), DARK);
    put(&h, capsule(q, v(.26f, .36f, 1.05f), v(.32f, .40f, 1.20f), .008f, .008f), DARK);
    put(&h, ellipsoid(sub(q, v(.34f, .40f, 1.24f)), v(.085f, .03f, .055f)), DARK);
    float s = k ? 1.1f : 1.f;
    float torso = capsule(v(p.x * .62f, p.y, p.z), v(0, -.27f, .90f), v(0, -.13f, 1.30f), .135f * s, .125f * s);
    torso = smin(torso, capsule(q, v(0, -.12f, 1.37f), v(.17f * s, -.12f, 1.35f), .075f, .07f), .1f);
    put(&h, torso, SHIRT);
    put(&h, capsule(q, v(.20f * s, -.12f, 1.34f), v(.32f * s, .02f, 1.10f), .062f, .052f), SHIRT);
    put(&h, capsule(q, v(.32f * s, .02f, 1.10f), v(.32f, .32f, 1.06f), .045f, .036f), SKIN);
    put(&h, capsule(q, v(.11f, -.26f, .86f), v(.23f, .16f, .76f), .105f * s, .08f), TROUSERS);
    put(&h, capsule(q, v(.23f, .16f, .76f), v(.19f, .06f, .36f), .075f, .055f), TROUSERS);
    put(&h, box(sub(q, v(.19f, .12f, .30f)), v(.05f, .14f, .045f), .04f), SHOE);
    put(&h, capsule(p, v(0, -.12f, 1.38f), v(0, -.09f, 1.52f), .055f, .055f), SKIN);
    put(&h, ellipsoid(sub(p, v(0, -.06f, 1.58f)), v(.098f, .118f, .125f)), SKIN);
    float lid = ellipsoid(sub(p, v(0, -.07f, 1.62f)), v(.132f, .155f, .135f));
    put(&h, smax(lid, 1.585f - p.z, .02f), HELMET);
    return h;
}
static Hit shape(V p, int kind) { return kind < 3 ? car(p, kind) : bike(p, kind - 3); }
