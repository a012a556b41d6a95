#pragma once
// The type-checking macros of curl's header are for C callers; ours are the typed functions below.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// Swift cannot call variadic functions: one typed function for each kind of argument.

static inline CURLcode squadchat_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode squadchat_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

// curl copies the text.
static inline CURLcode squadchat_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

// curl keeps the pointer: it must outlive the transfer.
static inline CURLcode squadchat_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

// curl keeps the list: free it only after the transfer.
static inline CURLcode squadchat_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*squadchat_curl_data)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode squadchat_curl_set_data_callback(CURL *handle, CURLoption option, squadchat_curl_data body) {
    return curl_easy_setopt(handle, option, body);
}

typedef int (*squadchat_curl_debug)(CURL *handle, curl_infotype kind, char *bytes, size_t count, void *context);

static inline CURLcode squadchat_curl_set_debug_callback(CURL *handle, squadchat_curl_debug body) {
    return curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, body);
}

typedef int (*squadchat_curl_progress)(
    void *context, curl_off_t toGet, curl_off_t got, curl_off_t toSend, curl_off_t sent);

static inline CURLcode squadchat_curl_set_progress_callback(CURL *handle, squadchat_curl_progress body) {
    return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, body);
}

static inline CURLcode squadchat_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode squadchat_curl_get_pointer(CURL *handle, CURLINFO info, void *value) {
    return curl_easy_getinfo(handle, info, (char **)value);
}

static inline CURLMcode squadchat_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
