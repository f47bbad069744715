// A disk below SQLite that is slow, fails, or loses power in the midst of a write: loaded before libc (LD_PRELOAD) into a gateway's
// process by tests/Sync.Tests/Storage/BadDiskTests.cs. Only files with ".db" in their names are touched. The file named by
// EDGEGATEWAY_TEST_DISK holds the orders as four 32-bit numbers, and the test writes them while the process runs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct orders {
  volatile int32_t write_ms;    // pause before each write
  volatile int32_t sync_ms;     // pause before each fsync
  volatile int32_t torn_after;  // so many writes from now, one is written by half and the power is gone
  volatile int32_t error;       // errno that every write, cut and fsync ends with; 0: none. With EROFS nothing opens for writing either
};

static struct orders *orders;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("EDGEGATEWAY_TEST_DISK");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map != MAP_FAILED) orders = map;
  close(fd);
}

static int is_closed_for_writing(const char *name, int flags) {
  return orders && orders->error == EROFS && ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT)) && strstr(name, ".db") != NULL;
}

static int open_unless_closed(const char *function, const char *name, int flags, mode_t mode) {
  int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, function);
  if (is_closed_for_writing(name, flags)) { errno = EROFS; return -1; }
  return next(name, flags, mode);
}

#define WITH_MODE(call)                 \
  mode_t mode = 0;                      \
  if (flags & (O_CREAT | O_TMPFILE)) {  \
    va_list rest;                       \
    va_start(rest, flags);              \
    mode = va_arg(rest, mode_t);        \
    va_end(rest);                       \
  }                                     \
  return call

int open(const char *name, int flags, ...) { WITH_MODE(open_unless_closed("open", name, flags, mode)); }

int open64(const char *name, int flags, ...) { WITH_MODE(open_unless_closed("open64", name, flags, mode)); }

static int is_database(int fd) {
  char link[64], name[4096];
  if (!orders) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, name, sizeof name - 1);
  if (length <= 0) return 0;
  name[length] = 0;
  return strstr(name, ".db") != NULL;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  static ssize_t (*next)(int, const void *, size_t, off64_t);
  if (!next) next = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  if (is_database(fd)) {
    if (orders->error) { errno = orders->error; return -1; }
    if (orders->write_ms > 0) usleep(orders->write_ms * 1000);
    if (orders->torn_after > 0 && __sync_sub_and_fetch(&orders->torn_after, 1) == 0) {
      next(fd, bytes, count / 2, offset);
      kill(getpid(), SIGKILL);
    }
  }
  return next(fd, bytes, count, offset);
}

int ftruncate64(int fd, off64_t length) {
  static int (*next)(int, off64_t);
  if (!next) next = (int (*)(int, off64_t))dlsym(RTLD_NEXT, "ftruncate64");
  if (is_database(fd) && orders->error) { errno = orders->error; return -1; }
  return next(fd, length);
}

static int slow_sync(int fd, const char *name) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (is_database(fd)) {
    if (orders->error) { errno = orders->error; return -1; }
    if (orders->sync_ms > 0) usleep(orders->sync_ms * 1000);
  }
  return next(fd);
}

int fsync(int fd) { return slow_sync(fd, "fsync"); }

int fdatasync(int fd) { return slow_sync(fd, "fdatasync"); }
