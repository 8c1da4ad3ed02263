/* What programs do with files through the C library, in the folder that the first argument names. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(const char *what, int result)
{
    printf("%s: %s\n", what, result < 0 ? strerror(errno) : "ok");
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    if (!file) {
        printf("%s: %s\n", name, strerror(errno));
        return;
    }
    fputs(text, file);
    fclose(file);
}

static int by_name(const struct dirent **one, const struct dirent **other)
{
    return strcmp((*one)->d_name, (*other)->d_name);
}

static void list(const char *name)
{
    struct dirent **entries;
    int count = scandir(name, &entries, 0, by_name);
    printf("%s:", name);
    for (int i = 0; i < count; i++)
        printf(" %s/%d", entries[i]->d_name, entries[i]->d_type);
    printf(" (%d)\n", count);
}

static void stdio(void)
{
    char line[100];
    FILE *file = fopen("text", "w+");
    for (int i = 0; i < 2000; i++)
        fprintf(file, "line %d\n", i);
    printf("at %ld\n", ftell(file));
    fseek(file, -10, SEEK_END);
    printf("%s", fgets(line, sizeof line, file));
    rewind(file);
    int sum = 0, number;
    while (fscanf(file, "line %d\n", &number) == 1)
        sum += number;
    printf("sum %d eof %d\n", sum, feof(file) != 0);
    fseek(file, 5, SEEK_SET);
    fputs("X", file);
    fflush(file);
    fseek(file, 0, SEEK_SET);
    printf("%s", fgets(line, sizeof line, file));
    fclose(file);
    file = fopen("text", "a");
    fputs("the end\n", file);
    printf("at %ld\n", ftell(file));
    fclose(file);
    file = fopen("text", "r");
    fseek(file, -8, SEEK_END);
    printf("%s", fgets(line, sizeof line, file));
    printf("write to a reader: %d\n", fputc('x', file));
    fclose(file);
    printf("none: %p %s\n", (void *)fopen("none", "r"), strerror(errno));
    printf("exclusive: %p %s\n", (void *)fopen("text", "wx"), strerror(errno));
}

static void folders(void)
{
    check("mkdir", mkdir("d", 0755));
    check("mkdir again", mkdir("d", 0755));
    write_file("d/one", "1");
    write_file("d/two", "22");
    check("symlink", symlink("one", "d/link"));
    list("d");
    check("rename", rename("d/one", "d/three"));
    check("rmdir", rmdir("d"));
    write_file("d/link", "through a dangling link");
    list("d");
    for (int i = 0; i < 300; i++) {
        char name[50];
        snprintf(name, sizeof name, "d/a rather long name, number %d", i);
        write_file(name, "");
    }
    DIR *folder = opendir("d");
    int count = 0;
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        count++;
        if (entry->d_name[0] != '.' && unlinkat(dirfd(folder), entry->d_name, 0))
            printf("%s: %s\n", entry->d_name, strerror(errno));
    }
    rewinddir(folder);
    int left = 0;
    while ((entry = readdir(folder)))
        left++;
    closedir(folder);
    printf("%d entries, %d left\n", count, left);
    check("rmdir", rmdir("d"));
    printf("opendir: %p %s\n", (void *)opendir("d"), strerror(errno));
}

static void attributes(void)
{
    struct stat told;
    umask(027);
    write_file("f", "hello");
    check("stat", stat("f", &told));
    printf("%o %ld %ld\n", told.st_mode, (long)told.st_nlink, (long)told.st_size);
    check("chmod", chmod("f", 0600));
    check("link", link("f", "g"));
    check("lstat", lstat("g", &told));
    printf("%o %ld\n", told.st_mode, (long)told.st_nlink);
    struct timespec times[2] = {{100, 5}, {200, 6}};
    check("utimensat", utimensat(AT_FDCWD, "f", times, 0));
    check("stat", stat("g", &told));
    printf("%ld.%ld %ld.%ld\n", told.st_atim.tv_sec, told.st_atim.tv_nsec, told.st_mtim.tv_sec, told.st_mtim.tv_nsec);
    check("access", access("f", R_OK | W_OK));
    check("access of none", access("none", F_OK));
    check("truncate", truncate("f", 100000));
    check("stat", stat("f", &told));
    printf("%ld bytes in %ld blocks\n", (long)told.st_size, (long)told.st_blocks);
    check("chmod of none", chmod("none", 0));
    check("unlink", unlink("f"));
    check("unlink", unlink("g"));
    char here[4096], *name = getcwd(here, sizeof here);
    printf("getcwd %d\n", name != 0);
    printf("realpath %d\n", realpath(".", 0) != 0);
}

static void mapping(void)
{
    int fd = open("m", O_RDWR | O_CREAT | O_TRUNC, 0644);
    char text[6000];
    for (int i = 0; i < 6000; i++)
        text[i] = 'a' + i % 26;
    printf("%zd\n", write(fd, text, sizeof text));
    char *shared = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *private = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    printf("%.5s %.5s %d\n", shared + 5000, private + 26, shared[7000]);
    memcpy(shared + 10, "shared", 6);
    memcpy(private + 5000, "private", 7);
    shared[7000] = 'x';
    char back[20] = "";
    pread(fd, back, 16, 5);
    printf("%s\n", back);
    pwrite(fd, "written", 7, 5100);
    printf("%.7s %d\n", shared + 5100, lseek(fd, 0, SEEK_END) == 6000);
    check("msync", msync(shared, 8192, MS_SYNC));
    check("munmap", munmap(shared, 8192));
    close(fd);
    FILE *file = fopen("m", "r");
    fseek(file, 5000, SEEK_SET);
    fread(back, 1, 7, file);
    printf("%.7s %.7s\n", back, private + 5000);
    fclose(file);
    printf("%d\n", mmap(0, 4096, PROT_READ, MAP_PRIVATE, open(".", O_RDONLY), 0) == MAP_FAILED && errno == ENODEV);
}

static void behind_the_end(void)
{
    int fd = open("short", O_RDWR | O_CREAT, 0644);
    write(fd, "x", 1);
    char *shown = mmap(0, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
    printf("%d %d\n", shown[0], shown[4095]);
    fflush(stdout);
    printf("%d\n", shown[4096]);
}

static void descriptors(void)
{
    struct iovec parts[2] = {{"one ", 4}, {"two\n", 4}};
    char text[64] = "";
    int fd = open("v", O_RDWR | O_CREAT | O_APPEND, 0644), other = dup(fd);
    printf("%zd ", writev(fd, parts, 2));
    lseek(other, 0, SEEK_SET);
    printf("%zd %zd %s", write(other, "three\n", 6), pread(fd, text, 63, 0), text);
    printf("%d %d\n", fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND), ftruncate(fd, 3));
    printf("%ld %ld\n", (long)lseek(fd, 0, SEEK_CUR), (long)lseek(fd, -1, SEEK_SET));
    printf("%d\n", isatty(fd));
    FILE *temporary = tmpfile();
    if (temporary) {
        fputs("temporary", temporary);
        rewind(temporary);
        printf("%s\n", fgets(text, sizeof text, temporary));
    } else
        printf("no tmpfile\n");
    char name[] = "nameXXXXXX";
    int made = mkstemp(name);
    printf("%d %zu\n", made >= 0, strlen(name));
}

static void fifo(void)
{
    char text[100] = "";
    struct stat told;
    check("mkfifo", mkfifo("p", 0600));
    check("mkfifo again", mkfifo("p", 0600));
    stat("p", &told);
    printf("%o\n", told.st_mode);
    fflush(stdout);
    if (!fork()) {
        int fd = open("p", O_WRONLY);
        write(fd, "from the child\n", 15);
        close(fd);
        fd = open("p", O_RDONLY);
        ssize_t got = read(fd, text, 50);
        printf("child got %zd: %s", got, text);
        exit(3);
    }
    int status, fd = open("p", O_RDONLY);
    ssize_t got = read(fd, text, 50);
    printf("parent got %zd: %s", got, text);
    printf("the end: %zd\n", read(fd, text, 50));
    close(fd);
    fflush(stdout);
    fd = open("p", O_WRONLY);
    write(fd, "from the parent\n", 16);
    close(fd);
    wait(&status);
    printf("%d\n", WEXITSTATUS(status));
}

static void shared(void)
{
    int fd = open("s", O_RDWR | O_CREAT, 0600), status;
    ftruncate(fd, 4096);
    char *both = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    strcpy(both, "parent");
    if (!fork()) {
        strcpy(both + 6, " and child");
        lseek(fd, 100, SEEK_SET);
        chdir("/");
        umask(0);
        exit(0);
    }
    wait(&status);
    char text[50] = "";
    pread(fd, text, 49, 0);
    printf("%s, %s, %ld, %o\n", both, text, (long)lseek(fd, 0, SEEK_CUR), umask(0));
    check("still here", access("s", F_OK));
}

int main(int count, char **arguments)
{
    if (count < 3 || chdir(arguments[1]))
        return 1;
    if (!strcmp(arguments[2], "stdio"))
        stdio();
    else if (!strcmp(arguments[2], "folders"))
        folders();
    else if (!strcmp(arguments[2], "attributes"))
        attributes();
    else if (!strcmp(arguments[2], "mapping"))
        mapping();
    else if (!strcmp(arguments[2], "behind-the-end"))
        behind_the_end();
    else if (!strcmp(arguments[2], "descriptors"))
        descriptors();
    else if (!strcmp(arguments[2], "fifo"))
        fifo();
    else if (!strcmp(arguments[2], "shared"))
        shared();
    return 0;
}
