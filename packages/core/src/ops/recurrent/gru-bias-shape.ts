/** Shape of the bias of a GRU. In a file of its own: checks of any stack ask for it, and shall not bring the cell into a bundle. */
export function gruBiasShape(units: number, resetAfter: boolean): number[] {
  return resetAfter ? [2, 3 * units] : [3 * units];
}
