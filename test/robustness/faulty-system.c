/*
 * Preloaded into the service, makes the system lie as a control file says. Robustness suite only.
 *
 * FAULTS names a file of 16 bytes, mapped into memory:
 *   int64  offset   milliseconds added to the wall clock (CLOCK_REALTIME, gettimeofday, time)
 *   int32  full     1: writes to regular files fail with ENOSPC; 2: only those that make the file longer
 *   int32  fsync    1: fsync and fdatasync fail with EIO
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct faults {
  volatile int64_t offset;
  volatile int32_t full;
  volatile int32_t fsync;
};
static struct faults none;
static struct faults *faults = &none;

__attribute__((constructor)) static void map_faults(void) {
  const char *path = getenv("FAULTS");
  if (path == NULL) return;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (map != MAP_FAILED) faults = map;
}

/* Sockets, pipes and logs go on: only regular files are on the full disk. `end`: the length the file is to have. */
static int disk_full(int fd, off64_t end) {
  struct stat status;
  if (!faults->full || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  return faults->full == 1 || end > status.st_size;
}
/* Where `write` writes. */
static off64_t position(int fd) {
  return lseek64(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
}

#define NEXT(type, name, arguments)                        \
  static type (*next) arguments;                           \
  if (next == NULL) next = dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t size) {
  NEXT(ssize_t, write, (int, const void *, size_t));
  if (faults->full && disk_full(fd, position(fd) + size)) { errno = ENOSPC; return -1; }
  return next(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  NEXT(ssize_t, pwrite, (int, const void *, size_t, off_t));
  if (disk_full(fd, at + size)) { errno = ENOSPC; return -1; }
  return next(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  NEXT(ssize_t, pwrite64, (int, const void *, size_t, off64_t));
  if (disk_full(fd, at + size)) { errno = ENOSPC; return -1; }
  return next(fd, data, size, at);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  NEXT(ssize_t, pwritev, (int, const struct iovec *, int, off_t));
  off64_t end = at;
  for (int i = 0; i < count; i++) end += parts[i].iov_len;
  if (disk_full(fd, end)) { errno = ENOSPC; return -1; }
  return next(fd, parts, count, at);
}
int posix_fallocate(int fd, off_t at, off_t size) {
  NEXT(int, posix_fallocate, (int, off_t, off_t));
  return disk_full(fd, at + size) ? ENOSPC : next(fd, at, size);
}
int ftruncate64(int fd, off64_t size) {
  NEXT(int, ftruncate64, (int, off64_t));
  struct stat status;
  if (faults->full && fstat(fd, &status) == 0 && size > status.st_size) { errno = ENOSPC; return -1; }
  return next(fd, size);
}
int fallocate64(int fd, int mode, off64_t at, off64_t size) {
  NEXT(int, fallocate64, (int, int, off64_t, off64_t));
  if (disk_full(fd, at + size)) { errno = ENOSPC; return -1; }
  return next(fd, mode, at, size);
}
int fsync(int fd) {
  NEXT(int, fsync, (int));
  if (faults->fsync) { errno = EIO; return -1; }
  return next(fd);
}
int fdatasync(int fd) {
  NEXT(int, fdatasync, (int));
  if (faults->fsync) { errno = EIO; return -1; }
  return next(fd);
}

static void shift(struct timespec *now) {
  int64_t total = (int64_t)now->tv_sec * 1000000000 + now->tv_nsec + faults->offset * 1000000;
  now->tv_sec = total / 1000000000;
  now->tv_nsec = total % 1000000000;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  NEXT(int, clock_gettime, (clockid_t, struct timespec *));
  int result = next(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) shift(now);
  return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec precise;
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  if (now != NULL) { now->tv_sec = precise.tv_sec; now->tv_usec = precise.tv_nsec / 1000; }
  (void)zone;
  return 0;
}
time_t time(time_t *now) {
  struct timespec precise;
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  if (now != NULL) *now = precise.tv_sec;
  return precise.tv_sec;
}
