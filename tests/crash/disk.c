/* A disk between a program and the real one: notes what is written and flushed below a folder, and has a chosen call fail.
 *
 *   cc -shared -fPIC -O2 -o disk.so disk.c -ldl
 *   DISK_ROOT=/data DISK_TRACE=/trace DISK_FAIL="flush store.sqlite-wal 12 5" LD_PRELOAD=./disk.so program
 *
 * DISK_ROOT   the folder; nothing elsewhere is noted or fails
 * DISK_TRACE  the file that records are appended to (several processes may, and disk.py reads them); none where unset
 * DISK_FAIL   which call fails: `flush`, `write` or `rename`, the path within the folder (a pattern of
 *             fnmatch(3), and `.` is the folder itself), which such call counted from 1, the error's number. A flush that fails does nothing at all; the next one reaches the real disk again, as Linux has it.
 *
 * A call that was made to fail is noted as such (`F`). What is written is noted once it is done, a flush before and after, so that a flush covers exactly what stands before its
 * first record. Files that a program maps into memory (SQLite's -shm) are left out: nothing in them has to last.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char root[PATH_MAX], fail_what[16], fail_path[256];
static long fail_at, fail_with;
static atomic_long fail_count;
static int trace = -1;
static int ready;

struct record {
  uint32_t kind, thread;
  uint64_t file;
  int64_t a, b;
  uint32_t path, other, data, pad;
};

#define REAL(result, name, ...) \
  static result (*real_##name)(__VA_ARGS__); \
  if (!real_##name) real_##name = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("DISK_ROOT"), *file = getenv("DISK_TRACE"), *fail = getenv("DISK_FAIL");
  if (!folder || !realpath(folder, root)) return;
  if (file) trace = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fail) sscanf(fail, "%15s %255s %ld %ld", fail_what, fail_path, &fail_at, &fail_with);
  ready = 1;
}

static void note(uint32_t kind, uint64_t file, int64_t a, int64_t b, const char *path, const char *other, const void *data, size_t size) {
  if (trace < 0) return;
  int saved = errno;
  struct record record = {kind, (uint32_t)syscall(SYS_gettid), file, a, b, (uint32_t)strlen(path), (uint32_t)strlen(other), (uint32_t)size, 0};
  struct iovec parts[4] = {{&record, sizeof record}, {(void *)path, record.path}, {(void *)other, record.other}, {(void *)data, size}};
  size_t whole = sizeof record + record.path + record.other + size;
  /* One call, so that records of several threads and processes don't mix. */
  if (syscall(SYS_writev, trace, parts, 4) != (long)whole) {
    static const char said[] = "disk.c: the trace can't be written\n";
    syscall(SYS_write, 2, said, sizeof said - 1);
    _exit(99);
  }
  errno = saved;
}

static int below(const char *path) {
  size_t length = strlen(root);
  if (!ready || strncmp(path, root, length) || (path[length] && path[length] != '/')) return 0;
  size_t end = strlen(path);
  return end < 4 || strcmp(path + end - 4, "-shm");
}

static const char *inside(const char *path) {
  path += strlen(root);
  return *path == '/' ? path + 1 : ".";
}

/* The path of `path` at `folder`, without links; its last part need not exist. */
static int resolve(int folder, const char *path, char *out) {
  char whole[PATH_MAX], parent[PATH_MAX];
  if (path[0] == '/' || folder == AT_FDCWD) {
    if (snprintf(whole, sizeof whole, "%s", path) >= (int)sizeof whole) return 0;
  } else {
    char place[64], base[PATH_MAX];
    snprintf(place, sizeof place, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(place, base, sizeof base - 1);
    if (length < 0) return 0;
    base[length] = 0;
    if (snprintf(whole, sizeof whole, "%s/%s", base, path) >= (int)sizeof whole) return 0;
  }
  char *slash = strrchr(whole, '/');
  const char *name = slash ? slash + 1 : whole;
  if (slash && slash != whole) *slash = 0;
  if (!realpath(slash ? (slash == whole ? "/" : whole) : ".", parent)) return 0;
  return snprintf(out, PATH_MAX, "%s/%s", parent, name) < PATH_MAX && below(out);
}

/* Whether `fd` is a file or directory of the folder: its path and its number. */
static int known(int fd, char *path, struct stat *about) {
  char place[64];
  if (!ready || fstat(fd, about) || !(S_ISREG(about->st_mode) || S_ISDIR(about->st_mode))) return 0;
  snprintf(place, sizeof place, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(place, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

static int fails(const char *what, const char *path) {
  if (!fail_at || strcmp(what, fail_what) || fnmatch(fail_path, inside(path), 0)) return 0;
  if (atomic_fetch_add(&fail_count, 1) + 1 != fail_at) return 0;
  note('F', 0, fail_at, fail_with, inside(path), what, NULL, 0);
  errno = (int)fail_with;
  return 1;
}

/* -- opening ------------------------------------------------------------------------------------------------------------ */

static int opened(int fd, int flags) {
  char path[PATH_MAX];
  struct stat about;
  int saved = errno;
  if (fd >= 0 && (flags & (O_CREAT | O_TRUNC)) && known(fd, path, &about) && S_ISREG(about.st_mode)) {
    if (flags & O_CREAT) note('O', about.st_ino, 0, 0, inside(path), "", NULL, 0);
    if (flags & O_TRUNC) note('T', about.st_ino, 0, 0, inside(path), "", NULL, 0);
  }
  errno = saved;
  return fd;
}

#define MODE(flags) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | __O_TMPFILE)) { \
    va_list more; \
    va_start(more, flags); \
    mode = va_arg(more, mode_t); \
    va_end(more); \
  }

int open(const char *path, int flags, ...) {
  MODE(flags)
  REAL(int, open, const char *, int, ...);
  return opened(real_open(path, flags, mode), flags);
}

int open64(const char *path, int flags, ...) {
  MODE(flags)
  REAL(int, open64, const char *, int, ...);
  return opened(real_open64(path, flags, mode), flags);
}

int openat(int folder, const char *path, int flags, ...) {
  MODE(flags)
  REAL(int, openat, int, const char *, int, ...);
  return opened(real_openat(folder, path, flags, mode), flags);
}

int openat64(int folder, const char *path, int flags, ...) {
  MODE(flags)
  REAL(int, openat64, int, const char *, int, ...);
  return opened(real_openat64(folder, path, flags, mode), flags);
}

/* -- writing ------------------------------------------------------------------------------------------------------------ */

static int write_fails(int fd) {
  char path[PATH_MAX];
  struct stat about;
  int saved = errno;
  if (fail_at && known(fd, path, &about) && fails("write", path)) return 1;
  errno = saved;
  return 0;
}

static ssize_t wrote(int fd, const void *data, ssize_t size, off_t place) {
  char path[PATH_MAX];
  struct stat about;
  int saved = errno;
  if (size > 0 && known(fd, path, &about) && S_ISREG(about.st_mode)) {
    if (place < 0) place = lseek(fd, 0, SEEK_CUR) - size;
    note('W', about.st_ino, place, 0, inside(path), "", data, (size_t)size);
  }
  errno = saved;
  return size;
}

ssize_t write(int fd, const void *data, size_t size) {
  REAL(ssize_t, write, int, const void *, size_t);
  return write_fails(fd) ? -1 : wrote(fd, data, real_write(fd, data, size), -1);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t place) {
  REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
  return write_fails(fd) ? -1 : wrote(fd, data, real_pwrite(fd, data, size, place), place);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t place) {
  REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
  return write_fails(fd) ? -1 : wrote(fd, data, real_pwrite64(fd, data, size, place), place);
}

/* Whoever writes in parts does it one part at a time: that is allowed, and one record is enough. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  char path[PATH_MAX];
  struct stat about;
  REAL(ssize_t, writev, int, const struct iovec *, int);
  int saved = errno, ours = known(fd, path, &about) && S_ISREG(about.st_mode);
  errno = saved;
  if (!ours) return real_writev(fd, parts, count);
  for (int n = 0; n < count; n++)
    if (parts[n].iov_len) return write(fd, parts[n].iov_base, parts[n].iov_len);
  return 0;
}

static int truncated(int fd, int outcome, off_t size) {
  char path[PATH_MAX];
  struct stat about;
  int saved = errno;
  if (!outcome && known(fd, path, &about)) note('T', about.st_ino, size, 0, inside(path), "", NULL, 0);
  errno = saved;
  return outcome;
}

int ftruncate(int fd, off_t size) {
  REAL(int, ftruncate, int, off_t);
  return truncated(fd, real_ftruncate(fd, size), size);
}

int ftruncate64(int fd, off64_t size) {
  REAL(int, ftruncate64, int, off64_t);
  return truncated(fd, real_ftruncate64(fd, size), size);
}

/* Ways to copy without writing: callers do it by hand where there are none. */
static ssize_t not_there(void) {
  errno = ENOSYS;
  return -1;
}

ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *place, size_t size, unsigned flags) {
  (void)from, (void)at, (void)to, (void)place, (void)size, (void)flags;
  return not_there();
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t size) {
  char path[PATH_MAX];
  struct stat about;
  REAL(ssize_t, sendfile64, int, int, off64_t *, size_t);
  return known(to, path, &about) ? not_there() : real_sendfile64(to, from, at, size);
}

/* -- flushing ----------------------------------------------------------------------------------------------------------- */

static int flush(int fd, int (*real)(int)) {
  char path[PATH_MAX];
  struct stat about;
  if (!known(fd, path, &about)) return real(fd);
  int directory = S_ISDIR(about.st_mode);
  note('S', about.st_ino, directory, 0, inside(path), "", NULL, 0);
  int outcome = fails("flush", path) ? -1 : real(fd);
  note('E', about.st_ino, directory, outcome ? errno : 0, inside(path), "", NULL, 0);
  return outcome;
}

int fsync(int fd) {
  REAL(int, fsync, int);
  return flush(fd, real_fsync);
}

int fdatasync(int fd) {
  REAL(int, fdatasync, int);
  return flush(fd, real_fdatasync);
}

/* -- names -------------------------------------------------------------------------------------------------------------- */

static int renamed(int from_folder, const char *from, int to_folder, const char *to, int (*real)(const char *, const char *)) {
  char source[PATH_MAX], target[PATH_MAX];
  int saved = errno, ours = resolve(from_folder, from, source) && resolve(to_folder, to, target);
  errno = saved;
  if (ours && fails("rename", target)) return -1;
  int outcome = real(from, to);
  if (!outcome && ours) note('R', 0, 0, 0, inside(source), inside(target), NULL, 0);
  return outcome;
}

int rename(const char *from, const char *to) {
  REAL(int, rename, const char *, const char *);
  return renamed(AT_FDCWD, from, AT_FDCWD, to, real_rename);
}

static int linked(int outcome, int from_folder, const char *from, int to_folder, const char *to) {
  char source[PATH_MAX], target[PATH_MAX];
  int saved = errno;
  if (!outcome && resolve(from_folder, from, source) && resolve(to_folder, to, target)) note('L', 0, 0, 0, inside(source), inside(target), NULL, 0);
  errno = saved;
  return outcome;
}

int link(const char *from, const char *to) {
  REAL(int, link, const char *, const char *);
  return linked(real_link(from, to), AT_FDCWD, from, AT_FDCWD, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  REAL(int, linkat, int, const char *, int, const char *, int);
  return linked(real_linkat(from_folder, from, to_folder, to, flags), from_folder, from, to_folder, to);
}

static int removed(int outcome, int folder, const char *path) {
  char place[PATH_MAX];
  int saved = errno;
  if (!outcome && resolve(folder, path, place)) note('U', 0, 0, 0, inside(place), "", NULL, 0);
  errno = saved;
  return outcome;
}

int unlink(const char *path) {
  REAL(int, unlink, const char *);
  return removed(real_unlink(path), AT_FDCWD, path);
}

int unlinkat(int folder, const char *path, int flags) {
  REAL(int, unlinkat, int, const char *, int);
  return removed(real_unlinkat(folder, path, flags), folder, path);
}

int rmdir(const char *path) {
  REAL(int, rmdir, const char *);
  return removed(real_rmdir(path), AT_FDCWD, path);
}

int mkdir(const char *path, mode_t mode) {
  char place[PATH_MAX];
  REAL(int, mkdir, const char *, mode_t);
  int outcome = real_mkdir(path, mode), saved = errno;
  if (!outcome && resolve(AT_FDCWD, path, place)) note('D', 0, 0, 0, inside(place), "", NULL, 0);
  errno = saved;
  return outcome;
}
