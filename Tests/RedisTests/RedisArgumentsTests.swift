import NIOCore
import Testing

@testable import Redis

struct RedisArgumentsTests {
    @Test("arguments are written as RESP's bulk strings, with their lengths in bytes")
    func form() {
        var arguments = RedisArguments(["SET", "ключ"])
        arguments.append(-7)
        arguments.append([0, 13, 10])
        arguments.append("")
        arguments.append(StreamID(milliseconds: 1_764_385_212_345, sequence: 10))
        let command = RedisCommand(arguments, RedisArguments([RedisArgument(ByteBuffer(string: "tail"))]))
        let expected =
            "*7\r\n$3\r\nSET\r\n$8\r\nключ\r\n$2\r\n-7\r\n$3\r\n\0\r\n\r\n$0\r\n\r\n$16\r\n1764385212345-10\r\n$4\r\ntail\r\n"
        #expect(String(buffer: command.bytes) == expected)
    }

    @Test("arguments come back as they were given", arguments: [0, 9, 10, 99, 100, 4_096, 100_000])
    func values(length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        var arguments = RedisArguments([RedisArgument(bytes), "between"])
        arguments.append(RedisArguments([RedisArgument(bytes)]))
        #expect(arguments.count == 3)
        #expect(arguments.values == [bytes, Array("between".utf8), bytes])
    }

    @Test("the highest id there can be is written in full")
    func highest() {
        var arguments = RedisArguments()
        arguments.append(StreamID(milliseconds: .max, sequence: .max))
        let text = StreamID(milliseconds: .max, sequence: .max).description
        #expect(arguments.values == [Array(text.utf8)])
    }
}
