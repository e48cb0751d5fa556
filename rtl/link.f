// The serial link around the card, in addition to appliance.f.
link/uart_rx.v
link/uart_tx.v
link/crc32_byte.v
link/frame_rx.v
link/frame_tx.v
link/sync_bits.v
link/async_count.v
link/async_fifo.v
link/link_receive.v
link/link_send.v
link/link.v
link/link_bridge.v
link/self_test_rom.v
link/self_test.v
link/power_reset.v
link/serial_card.v
