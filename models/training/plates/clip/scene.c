/* Draws the demo clip: rays are marched through distance grids of the vehicles over a textured road.
   World axes: x right, y away from the camera, z up, metres. Compile: cc -O3 -march=native -ffast-math -shared -fPIC scene.c -lm */
#include <stdlib.h>
#include <stdint.h>
#include "shapes.h"

typedef struct { V lo; float cell; int nx, ny, nz; float *d; } Grid;
static Grid grids[5];
static const float HALF[5][3] = { { 1.2f, 2.5f, 1.7f }, { 1.2f, 2.4f, 1.85f }, { 1.2f, 2.5f, 2.05f }, { .6f, 1.15f, 1.95f }, { .6f, 1.15f, 1.95f } };

void prepare(int kind)
{
    Grid *g = &grids[kind];
    if (g->d) return;
    g->cell = kind < 3 ? .022f : .013f;
    g->lo = v(-HALF[kind][0], -HALF[kind][1], -.04f);
    g->nx = (int)(2 * HALF[kind][0] / g->cell) + 1; g->ny = (int)(2 * HALF[kind][1] / g->cell) + 1; g->nz = (int)((HALF[kind][2] + .04f) / g->cell) + 1;
    g->d = malloc(sizeof(float) * g->nx * g->ny * g->nz);
    for (int z = 0; z < g->nz; z++) for (int y = 0; y < g->ny; y++) for (int x = 0; x < g->nx; x++)
        g->d[((size_t)z * g->ny + y) * g->nx + x] = shape(add(g->lo, v(x * g->cell, y * g->cell, z * g->cell)), kind).d;
}
static float sample(const Grid *g, V p)
{
    float x = (p.x - g->lo.x) / g->cell, y = (p.y - g->lo.y) / g->cell, z = (p.z - g->lo.z) / g->cell, out = 0;
    float cx = clampf(x, 0, g->nx - 1.001f), cy = clampf(y, 0, g->ny - 1.001f), cz = clampf(z, 0, g->nz - 1.001f);
    out = (fabsf(x - cx) + fabsf(y - cy) + fabsf(z - cz)) * g->cell * .6f;
    int i = (int)cx, j = (int)cy, k = (int)cz;
    float fx = cx - i, fy = cy - j, fz = cz - k;
    const float *d = g->d + ((size_t)k * g->ny + j) * g->nx + i;
    size_t sy = g->nx, sz = (size_t)g->nx * g->ny;
    float a = d[0] + fx * (d[1] - d[0]), b = d[sy] + fx * (d[sy + 1] - d[sy]), c = d[sz] + fx * (d[sz + 1] - d[sz]), e = d[sz + sy] + fx * (d[sz + sy + 1] - d[sz + sy]);
    a += fy * (b - a); c += fy * (e - c);
    return a + fz * (c - a) + out;
}
/* One vehicle of a frame. turn: 1 = drives away (rear seen), -1 = comes. The plate hangs at `plate` (object axes), tilted back by plate_tilt (radians). */
typedef struct {
    int kind, plate_w, plate_h, brake;
    float x, y, turn, lean;
    float colour[3], shirt[3], trousers[3], helmet[3];
    float plate[3], plate_size[2], plate_tilt, plate_face;
    const uint8_t *plate_pixels;
} Vehicle;
static V to_object(const Vehicle *c, V p)
{
    V q = v((p.x - c->x) * c->turn, (p.y - c->y) * c->turn, p.z);
    return v(q.x - c->lean * q.z, q.y, q.z);
}
static V direction(const Vehicle *c, V d) { V q = v(d.x * c->turn, d.y * c->turn, d.z); return v(q.x - c->lean * q.z, q.y, q.z); }
static int span(const Vehicle *c, V o, V d, float *t0, float *t1)
{
    const float *h = HALF[c->kind];
    float lo[3] = { -h[0], -h[1], 0 }, hi[3] = { h[0], h[1], h[2] }, oo[3] = { o.x, o.y, o.z }, dd[3] = { d.x, d.y, d.z };
    *t0 = 0; *t1 = 1e9f;
    for (int i = 0; i < 3; i++) {
        float inv = 1 / (fabsf(dd[i]) < 1e-9f ? 1e-9f : dd[i]), a = (lo[i] - oo[i]) * inv, b = (hi[i] - oo[i]) * inv;
        if (a > b) { float t = a; a = b; b = t; }
        *t0 = fmaxf(*t0, a); *t1 = fminf(*t1, b);
    }
    return *t0 < *t1;
}
static float march(const Vehicle *c, V o, V d, float far)
{
    float t, end;
    if (!span(c, o, d, &t, &end)) return -1;
    const Grid *g = &grids[c->kind];
    end = fminf(end, far);
    for (int i = 0; i < 160 && t < end; i++) {
        float s = sample(g, add(o, mul(d, t)));
        if (s < .0025f) return t;
        t += fmaxf(s * .85f, .002f);
    }
    return -1;
}
static V normal(const Grid *g, V p)
{
    float e = g->cell;
    return norm(v(sample(g, add(p, v(e, 0, 0))) - sample(g, sub(p, v(e, 0, 0))), sample(g, add(p, v(0, e, 0))) - sample(g, sub(p, v(0, e, 0))),
                  sample(g, add(p, v(0, 0, e))) - sample(g, sub(p, v(0, 0, e)))));
}
static const Vehicle *cars; static int car_count;
static V sun;
static float shade(V p, int skip_near)
{
    for (int i = 0; i < car_count; i++) {
        const Vehicle *c = &cars[i];
        V o = to_object(c, p), d = direction(c, sun);
        if (skip_near == i) o = add(o, mul(d, .08f));
        if (march(c, o, d, 20) > 0) return 0;
    }
    return 1;
}
static V sky(V d)
{
    float up = clampf(d.z, -1, 1);
    if (up < -.02f) { float k = clampf(-up * 2, 0, 1); return v(.34f - .10f * k, .33f - .10f * k, .32f - .10f * k); }
    float k = powf(1 - fmaxf(up, 0), 3);
    V s = v(.42f + .45f * k, .60f + .32f * k, .88f + .10f * k);
    if (up < .22f) {                                   /* houses and trees along the street */
        float a = atan2f(d.x, d.y) * 7, w = .5f + .5f * sinf(a * 2.3f + 1.3f * sinf(a));
        float hgt = .05f + .15f * w;
        if (up < hgt) s = v(.30f + .18f * w, .31f + .13f * w, .28f + .10f * w);
    }
    return s;
}
static V base_colour(const Vehicle *c, int m)
{
    switch (m) {
    case PAINT: return v(c->colour[0], c->colour[1], c->colour[2]);
    case GLASS: return v(.03f, .035f, .04f);
    case TYRE: return v(.035f, .035f, .037f);
    case RIM: return v(.45f, .46f, .47f);
    case DARK: return v(.035f, .036f, .04f);
    case TAIL: return c->brake ? v(.95f, .06f, .04f) : v(.50f, .03f, .03f);
    case LAMP: return v(.80f, .82f, .84f);
    case CHROME: return v(.60f, .61f, .62f);
    case SEAT: return v(.03f, .028f, .028f);
    case SHIRT: return v(c->shirt[0], c->shirt[1], c->shirt[2]);
    case TROUSERS: return v(c->trousers[0], c->trousers[1], c->trousers[2]);
    case AMBER: return v(.75f, .28f, .03f);
    case SKIN: return v(.55f, .34f, .23f);
    case HELMET: return v(c->helmet[0], c->helmet[1], c->helmet[2]);
    default: return v(.05f, .04f, .04f);
    }
}
static V paint(const Vehicle *c, int index, V o, V d, float t, V world, V ray)
{
    V p = add(o, mul(d, t)), n = normal(&grids[c->kind], p);
    int m = shape(p, c->kind).m;
    if (c->kind < 3) m = car_paint(p, n, c->kind, m);
    V wn = norm(v(n.x * c->turn, n.y * c->turn, n.z));
    V col = base_colour(c, m);
    float ao = clampf(sample(&grids[c->kind], add(p, mul(n, .10f))) / .10f, 0, 1) * clampf(sample(&grids[c->kind], add(p, mul(n, .25f))) / .25f + .25f, 0, 1);
    ao = .35f + .65f * ao;
    ao *= clampf(.45f + p.z * 1.3f, 0, 1);
    float lit = dot(wn, sun);
    lit = lit > 0 ? lit * shade(add(world, mul(wn, .04f)), index) : 0;
    V amb = v(.40f + .14f * wn.z, .43f + .15f * wn.z, .48f + .16f * wn.z);
    V out = v(col.x * (amb.x * ao + 1.15f * lit), col.y * (amb.y * ao + 1.10f * lit), col.z * (amb.z * ao + 1.0f * lit));
    V r = sub(ray, mul(wn, 2 * dot(ray, wn)));
    float cosv = clampf(-dot(ray, wn), 0, 1), f = powf(1 - cosv, 5);
    float gloss = m == PAINT ? .05f + .45f * f : m == GLASS ? .16f + .6f * f : m == CHROME || m == RIM ? .45f : m == HELMET || m == TAIL || m == LAMP ? .08f + .4f * f : .01f;
    out = add(mul(out, 1 - gloss * .5f), mul(sky(r), gloss * (.4f + .6f * ao)));
    float sp = powf(clampf(dot(r, sun), 0, 1), m == PAINT || m == GLASS || m == HELMET ? 220 : 30);
    if (lit > 0) out = add(out, mul(v(1, .97f, .9f), sp * (gloss > .04f ? 1.4f : .08f)));
    if (m == TAIL) out = add(out, mul(v(.30f, .01f, .01f), c->brake ? 1.6f : .5f));
    if (m == GLASS && c->kind < 3 && p.z < BELT[c->kind] + .22f) out = add(out, v(.015f, .014f, .012f));   /* seats behind */
    return out;
}
/* Colour where the ray meets the plate, and its distance; -1 where it does not. */
static float plate(const Vehicle *c, V o, V d, V *col)
{
    float s = c->plate_face, ct = cosf(c->plate_tilt), st = sinf(c->plate_tilt);
    V n = v(0, s * ct, st);                                 /* face: -1 = backwards, 1 = forwards; tilt leans it to the sky */
    V right = v(-s, 0, 0), up = v(0, -s * st, ct);
    V centre = v(c->plate[0], c->plate[1], c->plate[2]);
    float k = dot(d, n);
    if (k > -1e-4f) return -1;
    float t = dot(sub(centre, o), n) / k;
    if (t < 0) return -1;
    V q = sub(add(o, mul(d, t)), centre);
    float u = dot(q, right) / c->plate_size[0] + .5f, w = .5f - dot(q, up) / c->plate_size[1];
    if (u < -.02f || w < -.03f || u > 1.02f || w > 1.03f) return -1;
    if (u < 0 || w < 0 || u >= 1 || w >= 1) { *col = v(.05f, .05f, .05f); return t; }
    const uint8_t *px = c->plate_pixels + 3 * ((int)(w * c->plate_h) * c->plate_w + (int)(u * c->plate_w));
    *col = v(powf(px[2] / 255.f, 2.0f), powf(px[1] / 255.f, 2.0f), powf(px[0] / 255.f, 2.0f));
    return t;
}
static V road(const uint8_t *ground, int gw, int gh, V p)
{
    float u = (p.x + 10) / 34 * gw, w = (p.y - 2) / 44 * gh;
    int i = (int)clampf(u, 0, gw - 2), j = (int)clampf(w, 0, gh - 2);
    float fu = clampf(u - i, 0, 1), fw = clampf(w - j, 0, 1), c[3];
    const uint8_t *a = ground + 3 * ((size_t)j * gw + i), *b = a + 3 * gw;
    for (int k = 0; k < 3; k++) { float s = (a[k] + fu * (a[3 + k] - a[k])) * (1 - fw) + (b[k] + fu * (b[3 + k] - b[k])) * fw; c[k] = powf(s / 255, 2.0f); }
    float ao = 1, near = 9;
    for (int i2 = 0; i2 < car_count; i2++) {
        V o = to_object(&cars[i2], v(p.x, p.y, .06f));
        float dx = fmaxf(fabsf(o.x) - 1.1f, 0), dy = fmaxf(fabsf(o.y) - 2.4f, 0);
        if (dx * dx + dy * dy > 1) continue;
        float d = sample(&grids[cars[i2].kind], o);
        near = fminf(near, d);
        ao = fminf(ao, .30f + .70f * clampf(d / .45f, 0, 1));
    }
    float lit = clampf(sun.z, 0, 1) * shade(v(p.x, p.y, .01f), -1);
    return v(c[2] * (.52f * ao + 1.15f * lit), c[1] * (.56f * ao + 1.10f * lit), c[0] * (.62f * ao + 1.0f * lit));
}
/* Draws one frame of BGR bytes. Where no vehicle nor its shadow can be, the picture of the `empty` street is copied (may be null). camera: position, pitch (down, radians), focal length px, yaw (to the right, radians). */
void frame(uint8_t *out, int width, int height, const float *camera, const float *sun_direction, const uint8_t *ground, int gw, int gh, const Vehicle *vehicles, int count, int samples, const uint8_t *empty)
{
    cars = vehicles; car_count = count;
    sun = norm(v(sun_direction[0], sun_direction[1], sun_direction[2]));
    V eye = v(camera[0], camera[1], camera[2]);
    float cp = cosf(camera[3]), sp = sinf(camera[3]), f = camera[4], cw = cosf(camera[5]), sw = sinf(camera[5]);
    int area[16][4];
    for (int i = 0; i < count; i++) {
        int *a = area[i];
        a[0] = a[1] = 1 << 20; a[2] = a[3] = -(1 << 20);
        for (int k = 0; k < 8; k++) {
            float wide = vehicles[i].kind < 3 ? 1.3f : .8f, deep = vehicles[i].kind < 3 ? 2.7f : 1.4f;
            V p = v(vehicles[i].x + (k & 1 ? wide + 1.3f : -wide), vehicles[i].y + (k & 2 ? deep + 1.5f : -deep), k & 4 ? 2.1f : 0);
            p = sub(p, eye);
            float right = p.x * cw - p.y * sw, ahead = p.x * sw + p.y * cw, forward = fmaxf(ahead * cp - p.z * sp, .5f), up = ahead * sp + p.z * cp;
            int px = (int)(width * .5f + f * right / forward), py = (int)(height * .5f - f * up / forward);
            a[0] = px < a[0] ? px : a[0]; a[1] = py < a[1] ? py : a[1]; a[2] = px > a[2] ? px : a[2]; a[3] = py > a[3] ? py : a[3];
        }
    }
    for (int y = 0; y < height; y++) for (int x = 0; x < width; x++) {
        if (empty) {
            int near = 0;
            for (int i = 0; i < count && !near; i++) near = x >= area[i][0] - 2 && x <= area[i][2] + 2 && y >= area[i][1] - 2 && y <= area[i][3] + 2;
            if (!near) { memcpy(out + 3 * ((size_t)y * width + x), empty + 3 * ((size_t)y * width + x), 3); continue; }
        }
        V sum = v(0, 0, 0);
        int used = 0;
        for (int s = 0; s < samples * samples; s++) {
            float px = x + (s % samples + .5f) / samples - width * .5f, py = y + (s / samples + .5f) / samples - height * .5f;
            V d = norm(v(px / f, cp - sp * py / f, -sp - cp * py / f));
            d = v(d.x * cw + d.y * sw, d.y * cw - d.x * sw, d.z);
            float tg = d.z < -1e-4f ? -eye.z / d.z : 1e9f, best = tg;
            V col = v(0, 0, 0);
            int hit = -1, touched = 0;
            for (int i = 0; i < count; i++) {
                const Vehicle *c = &vehicles[i];
                V o = to_object(c, eye), dd = direction(c, d), pc;
                float t0, t1;
                if (!span(c, o, dd, &t0, &t1)) continue;
                touched = 1;
                float t = march(c, o, dd, best);
                if (t > 0 && t < best) { best = t; hit = i; col = paint(c, i, o, dd, t, add(eye, mul(d, t)), d); }
                t = plate(c, o, dd, &pc);
                if (t > 0 && t < best + .005f) {
                    V w = add(eye, mul(d, t));
                    float lit = fmaxf(0, dot(sun, v(0, c->plate_face * c->turn, .25f))) * shade(add(w, v(0, c->plate_face * c->turn * .06f, .02f)), i);
                    best = t; hit = i; col = mul(pc, .74f + .30f * lit);
                }
            }
            if (hit < 0 && tg < 1e8f) col = road(ground, gw, gh, add(eye, mul(d, tg)));
            sum = add(sum, col);
            used++;
            if (!touched && s == 0 && empty) break;        /* bare road: its texture is smooth already */
        }
        float e[3] = { sum.z / used, sum.y / used, sum.x / used };
        for (int k = 0; k < 3; k++) { float g = powf(clampf(e[k], 0, 4), 1 / 2.1f); g = g < .8f ? g : .8f + .2f * (1 - expf(-(g - .8f) / .2f)); out[3 * ((size_t)y * width + x) + k] = (uint8_t)(clampf(g, 0, 1) * 255 + .5f); }
    }
}
/* The y of the rear (face -1) or front (1) surface of a vehicle at (x, z). */
float surface(int kind, float x, float z, float face)
{
    for (float y = face * 2.6f; fabsf(y) > .05f; y -= face * .002f) if (shape(v(x, y, z), kind).d < 0) return y;
    return 0;
}
