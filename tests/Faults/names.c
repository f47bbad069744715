// Preloaded into a gateway: writes down each host name whose address it asks for, in the file that EDGEGATEWAY_TEST_NAMES names.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (!real) real = dlsym(RTLD_NEXT, "getaddrinfo");
    const char *path = getenv("EDGEGATEWAY_TEST_NAMES");
    if (path && node)
    {
        int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
        if (file >= 0)
        {
            dprintf(file, "%s\n", node);
            close(file);
        }
    }
    return real(node, service, hints, result);
}
