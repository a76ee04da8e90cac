/*
 * One real session of the C client (libzookeeper_mt), step by step. Arguments: host:port, and the path of a znode to
 * work below. Prints "ok step" after each step. Prints "RESTART how" when the server is to be restarted, and goes on
 * when a line comes on standard input. Any surprise ends the program with status 1 and its place in the source.
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

enum { PATIENCE_MS = 60000, POLL_MS = 20 };

#define CHECK(cond)                                                                   \
    do {                                                                              \
        if (!(cond)) {                                                                \
            fprintf(stderr, "session.c:%d: not true: %s\n", __LINE__, #cond);         \
            exit(1);                                                                  \
        }                                                                             \
    } while (0)

#define WANT(code, call)                                                              \
    do {                                                                              \
        int got_ = (call);                                                            \
        if (got_ != (code)) {                                                         \
            fprintf(stderr, "session.c:%d: %s: %s\n", __LINE__, #call, zerror(got_)); \
            exit(1);                                                                  \
        }                                                                             \
    } while (0)

#define EVENTUALLY(cond)                                                              \
    do {                                                                              \
        int left_ = PATIENCE_MS / POLL_MS;                                            \
        while (!(cond)) {                                                             \
            CHECK(left_-- > 0 && #cond);                                              \
            pause_ms(POLL_MS);                                                        \
        }                                                                             \
    } while (0)

static zhandle_t *zk, *other;
static const char *base;

static void pause_ms(int ms) {
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&t, NULL);
}

static void ok(const char *step) {
    printf("ok %s\n", step);
    fflush(stdout);
}

/* at returns base + suffix in one of a few buffers that take turns. */
static const char *at(const char *suffix) {
    static char bufs[8][256];
    static int next;
    char *b = bufs[next++ % 8];
    snprintf(b, sizeof bufs[0], "%s%s", base, suffix);
    return b;
}

/* Each watch counts its events, and remembers the last one. */
struct watch {
    atomic_int count;
    int type;
    char path[256];
};

static void on_event(zhandle_t *zh, int type, int state, const char *path, void *context) {
    struct watch *w = context;
    (void)zh;
    (void)state;
    if (w == NULL || type == ZOO_SESSION_EVENT) {
        return;
    }
    w->type = type;
    snprintf(w->path, sizeof w->path, "%s", path);
    atomic_fetch_add(&w->count, 1);
}

static void expect(struct watch *w, int type, const char *path) {
    EVENTUALLY(atomic_load(&w->count) > 0);
    CHECK(atomic_load(&w->count) == 1);
    CHECK(w->type == type && strcmp(w->path, path) == 0);
    atomic_store(&w->count, 0);
}

static zhandle_t *connect_to(const char *address) {
    zhandle_t *zh = zookeeper_init(address, on_event, 30000, NULL, NULL, 0);
    CHECK(zh != NULL);
    EVENTUALLY(zoo_state(zh) == ZOO_CONNECTED_STATE);
    return zh;
}

static int create(zhandle_t *zh, const char *path, const char *value, int flags) {
    return zoo_create(zh, path, value, value == NULL ? -1 : (int)strlen(value), &ZOO_OPEN_ACL_UNSAFE, flags, NULL, 0);
}

static int set(zhandle_t *zh, const char *path, const char *value, int version) {
    return zoo_set(zh, path, value, (int)strlen(value), version);
}

/* has tells whether a read of path answers exactly value (NULL: null data), and fills stat. */
static int has(zhandle_t *zh, const char *path, const char *value, struct Stat *stat) {
    char data[256];
    int len = sizeof data;
    if (zoo_get(zh, path, 0, data, &len, stat) != ZOK) {
        return 0;
    }
    return value == NULL ? len == -1 : len == (int)strlen(value) && memcmp(data, value, (size_t)len) == 0;
}

static void plain(void) {
    struct Stat stat;
    struct String_vector names;
    char path[256];
    WANT(ZOK, create(zk, base, NULL, 0));
    WANT(ZOK, create(zk, at("/node"), "one", 0));
    WANT(ZNODEEXISTS, create(zk, at("/node"), "again", 0));
    WANT(ZOK, zoo_create2(zk, at("/second"), "with stat", 9, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path, &stat));
    CHECK(strcmp(path, at("/second")) == 0 && stat.dataLength == 9 && stat.czxid == stat.mzxid);
    ok("create");
    WANT(ZOK, zoo_exists(zk, at("/node"), 0, &stat));
    CHECK(stat.version == 0);
    WANT(ZNONODE, zoo_exists(zk, at("/nothing"), 0, &stat));
    ok("exists");
    CHECK(has(zk, at("/node"), "one", &stat));
    CHECK(stat.version == 0 && stat.numChildren == 0 && stat.ephemeralOwner == 0);
    CHECK(has(zk, base, NULL, &stat));
    ok("read");
    WANT(ZOK, zoo_set2(zk, at("/node"), "two", 3, 0, &stat));
    CHECK(stat.version == 1 && stat.mzxid > stat.czxid);
    CHECK(has(zk, at("/node"), "two", &stat));
    ok("write");
    WANT(ZBADVERSION, set(zk, at("/node"), "three", 0));
    WANT(ZBADVERSION, zoo_delete(zk, at("/node"), 7));
    ok("bad version");
    WANT(ZOK, zoo_get_children(zk, base, 0, &names));
    CHECK(names.count == 2);
    deallocate_String_vector(&names);
    WANT(ZOK, zoo_get_children2(zk, base, 0, &names, &stat));
    CHECK(names.count == 2 && stat.numChildren == 2);
    deallocate_String_vector(&names);
    WANT(ZNOTEMPTY, zoo_delete(zk, base, -1));
    ok("children");
    WANT(ZOK, zoo_delete(zk, at("/node"), 1));
    WANT(ZOK, zoo_delete(zk, at("/second"), -1));
    WANT(ZNONODE, zoo_exists(zk, at("/node"), 0, &stat));
    ok("delete");
    CHECK(!has(zk, at("/node"), "two", &stat));
    WANT(ZNONODE, zoo_delete(zk, at("/node"), -1));
    WANT(ZNONODE, create(zk, at("/missing/child"), "", 0));
    ok("no node");
}

static void watches(void) {
    static struct watch existing, children, data;
    struct Stat stat;
    struct String_vector names;
    char buf[16];
    int len = sizeof buf;
    WANT(ZNONODE, zoo_wexists(zk, at("/watched"), on_event, &existing, &stat));
    WANT(ZOK, zoo_wget_children(zk, base, on_event, &children, &names));
    deallocate_String_vector(&names);
    WANT(ZOK, create(other, at("/watched"), "1", 0));
    expect(&existing, ZOO_CREATED_EVENT, at("/watched"));
    ok("exists watch");
    expect(&children, ZOO_CHILD_EVENT, base);
    ok("child watch");
    WANT(ZOK, zoo_wget(zk, at("/watched"), on_event, &data, buf, &len, &stat));
    WANT(ZOK, set(other, at("/watched"), "2", -1));
    expect(&data, ZOO_CHANGED_EVENT, at("/watched"));
    len = sizeof buf;
    WANT(ZOK, zoo_wget(zk, at("/watched"), on_event, &data, buf, &len, &stat));
    WANT(ZOK, zoo_delete(other, at("/watched"), -1));
    expect(&data, ZOO_DELETED_EVENT, at("/watched"));
    ok("data watch");
}

static void modes(void) {
    struct Stat stat;
    char path[256];
    WANT(ZOK, create(zk, at("/ephemeral"), "mine", ZOO_EPHEMERAL));
    WANT(ZOK, zoo_exists(other, at("/ephemeral"), 0, &stat));
    CHECK(stat.ephemeralOwner == zoo_client_id(zk)->client_id);
    WANT(ZNOCHILDRENFOREPHEMERALS, create(zk, at("/ephemeral/child"), "", 0));
    ok("ephemeral");
    WANT(ZOK, create(zk, at("/queue"), "", 0));
    for (int i = 0; i < 4; i++) {
        char want[300];
        int flags = ZOO_SEQUENCE | (i == 3 ? ZOO_EPHEMERAL : 0);
        WANT(ZOK, zoo_create(zk, at("/queue/n-"), "", 0, &ZOO_OPEN_ACL_UNSAFE, flags, path, sizeof path));
        snprintf(want, sizeof want, "%s/queue/n-%010d", base, i);
        CHECK(strcmp(path, want) == 0);
    }
    ok("sequential");
}

static void on_auth(int rc, const void *done) {
    atomic_store((atomic_int *)(uintptr_t)done, rc == ZOK ? 1 : -1);
}

static void add_auth(zhandle_t *zh) {
    static atomic_int done;
    atomic_store(&done, 0);
    WANT(ZOK, zoo_add_auth(zh, "digest", "alice:wonder", 12, on_auth, &done));
    EVENTUALLY(atomic_load(&done) != 0);
    CHECK(atomic_load(&done) == 1);
}

static void acls(void) {
    struct Stat stat;
    struct ACL_vector list;
    WANT(ZINVALIDACL, zoo_create(zk, at("/secret"), "hidden", 6, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    add_auth(zk);
    WANT(ZOK, zoo_create(zk, at("/secret"), "hidden", 6, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    char data[16];
    int len = sizeof data;
    WANT(ZNOAUTH, zoo_get(other, at("/secret"), 0, data, &len, &stat));
    WANT(ZNOAUTH, set(other, at("/secret"), "x", -1));
    WANT(ZNOAUTH, create(other, at("/secret/child"), "x", 0));
    WANT(ZNOAUTH, zoo_get_acl(other, at("/secret"), &list, &stat));
    ok("acl denied");
    CHECK(has(zk, at("/secret"), "hidden", &stat));
    add_auth(other);
    CHECK(has(other, at("/secret"), "hidden", &stat));
    ok("acl allowed");
    WANT(ZOK, zoo_get_acl(zk, at("/secret"), &list, &stat));
    CHECK(list.count == 1 && strcmp(list.data[0].id.scheme, "digest") == 0 && stat.aversion == 0);
    struct ACL both[] = {list.data[0], {ZOO_PERM_READ, {"world", "anyone"}}};
    struct ACL_vector two = {2, both};
    WANT(ZOK, zoo_set_acl(zk, at("/secret"), 0, &two));
    deallocate_ACL_vector(&list);
    WANT(ZOK, zoo_get_acl(zk, at("/secret"), &list, &stat));
    CHECK(list.count == 2 && list.data[1].perms == ZOO_PERM_READ && stat.aversion == 1);
    WANT(ZBADVERSION, zoo_set_acl(zk, at("/secret"), 0, &list));
    deallocate_ACL_vector(&list);
    ok("set acl");
}

static void on_sync(int rc, const char *path, const void *done) {
    (void)path;
    atomic_store((atomic_int *)(uintptr_t)done, rc == ZOK ? 1 : -1);
}

static void sync_up(void) {
    static atomic_int done;
    WANT(ZOK, zoo_async(zk, base, on_sync, &done));
    EVENTUALLY(atomic_load(&done) != 0);
    CHECK(atomic_load(&done) == 1);
    ok("sync");
}

static void multis(void) {
    zoo_op_t ops[5];
    zoo_op_result_t results[5];
    struct Stat stat;
    char p1[256], p2[256];
    const char *path = strdup(at("/multi")), *child = strdup(at("/multi/child")), *never = strdup(at("/never"));
    zoo_create_op_init(&ops[0], path, "m", 1, &ZOO_OPEN_ACL_UNSAFE, 0, p1, sizeof p1);
    zoo_create_op_init(&ops[1], child, "c", 1, &ZOO_OPEN_ACL_UNSAFE, 0, p2, sizeof p2);
    zoo_set_op_init(&ops[2], path, "m2", 2, 0, &stat);
    zoo_check_op_init(&ops[3], path, 1);
    zoo_delete_op_init(&ops[4], child, -1);
    WANT(ZOK, zoo_multi(zk, 5, ops, results));
    CHECK(strcmp(p2, child) == 0 && stat.version == 1);
    ok("multi");
    zoo_create_op_init(&ops[0], never, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
    zoo_check_op_init(&ops[1], path, 99);
    zoo_delete_op_init(&ops[2], path, -1);
    WANT(ZBADVERSION, zoo_multi(zk, 3, ops, results));
    CHECK(results[0].err == ZOK && results[1].err == ZBADVERSION && results[2].err == ZRUNTIMEINCONSISTENCY);
    WANT(ZNONODE, zoo_exists(zk, never, 0, &stat));
    WANT(ZOK, zoo_exists(zk, path, 0, &stat));
    ok("failed multi");
}

static void restart(const char *how) {
    static struct watch changed, children;
    struct Stat stat;
    struct String_vector names;
    int64_t before = zoo_client_id(zk)->client_id;
    char line[64], step[64], buf[16];
    int len = sizeof buf;
    WANT(ZOK, zoo_wget(zk, at("/ephemeral"), on_event, &changed, buf, &len, &stat));
    atomic_store(&children.count, 0);
    WANT(ZOK, zoo_wget_children(zk, at("/queue"), on_event, &children, &names));
    deallocate_String_vector(&names);
    printf("RESTART %s\n", how);
    fflush(stdout);
    CHECK(fgets(line, sizeof line, stdin) != NULL);
    EVENTUALLY(has(zk, at("/ephemeral"), "mine", &stat));
    CHECK(zoo_client_id(zk)->client_id == before && stat.ephemeralOwner == before);
    EVENTUALLY(set(other, at("/ephemeral"), "mine", -1) == ZOK);
    expect(&changed, ZOO_CHANGED_EVENT, at("/ephemeral"));
    CHECK(atomic_load(&children.count) == 0);
    snprintf(step, sizeof step, "restart %s", how);
    ok(step);
}

int main(int argc, char **argv) {
    struct Stat stat;
    CHECK(argc == 3);
    base = argv[2];
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zk = connect_to(argv[1]);
    other = connect_to(argv[1]);
    ok("connect");
    plain();
    watches();
    modes();
    acls();
    sync_up();
    multis();
    restart("clean");
    restart("kill");
    WANT(ZOK, zookeeper_close(zk));
    EVENTUALLY(zoo_exists(other, at("/ephemeral"), 0, &stat) == ZNONODE);
    ok("close");
    WANT(ZOK, zookeeper_close(other));
    return 0;
}
