/* hiredis' reader and command formatter. NIO does the I/O: none of its connections are used. */
#pragma once
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
