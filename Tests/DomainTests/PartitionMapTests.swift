import Domain
import Foundation
import TestSupport
import Testing

struct PartitionMapTests {
    private struct Golden: Decodable {
        struct Check: Decodable { let text: String, crc: UInt16 }
        struct Room: Decodable { let room: String, crc: UInt16, of16: Int, of7: Int }
        let check: Check
        let rooms: [Room]
    }

    @Test("stored rooms stay in their partitions for ever")
    func golden() throws {
        let golden = try JSONDecoder().decode(Golden.self, from: Data(Fixture.bytes("golden/partitions.json")))
        #expect(PartitionMap.crc16(golden.check.text.utf8) == golden.check.crc)
        #expect(golden.check.crc == 0x31C3)
        #expect(golden.rooms.count >= 12)
        for room in golden.rooms {
            #expect(PartitionMap.crc16(room.room.utf8) == room.crc)
            #expect(PartitionMap.partition(of: room.room, of: 16) == room.of16)
            #expect(PartitionMap.partition(of: room.room, of: 7) == room.of7)
        }
    }

    @Test("one partition holds everything, and rooms spread over sixteen")
    func spread() {
        var counts = [Int](repeating: 0, count: 16)
        for number in 0..<1_600 {
            #expect(PartitionMap.partition(of: "squad_\(number)", of: 1) == 0)
            counts[PartitionMap.partition(of: "squad_\(number)", of: 16)] += 1
        }
        #expect(counts.allSatisfy { (50...200).contains($0) })
    }
}
